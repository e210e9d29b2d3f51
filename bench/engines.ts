/**
 * The same estate and questions for two general policy engines, casbin and Cedar (WebAssembly), each asked as it is
 * fastest: policies read once, and for Cedar only the entities that a question needs. All must give the same answers.
 */
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import { type Binding, isGranted, type Question } from '../src/iam/index.js';
import { memberOf } from '../src/names/index.js';
import { PERMISSIONS, PRINCIPALS, questions, roles } from './estate.js';
import type { BenchResult } from './result.js';

/** Compared on so many questions; what is slow answers few of them in the time that there is. */
const COMPARED = 60;
const SECONDS = 2;
const FOREVER = Number.MAX_SAFE_INTEGER;

type Engine = (question: Question) => boolean;

/** Runs the benchmark; about ten seconds. */
export async function run(): Promise<BenchResult[]> {
  const asked = questions({ bindings: PRINCIPALS, principals: PRINCIPALS, asking: PRINCIPALS });
  const [first] = asked;
  if (first === undefined) return [];
  const engines: Record<string, Engine> = {
    Sekisho: isGranted,
    'cedar-wasm': cedarEngine(first),
    casbin: await casbinEngine(first, asked),
  };
  const results: BenchResult[] = [];
  rate(isGranted, asked);
  const own = rate(isGranted, asked);
  for (const [name, engine] of Object.entries(engines)) {
    const wrong = asked.slice(0, COMPARED).filter((question) => engine(question) !== isGranted(question));
    if (wrong.length > 0)
      throw new Error(`${name} answers ${wrong.length} of ${COMPARED} questions otherwise`);
    const speed = engine === isGranted ? own : rate(engine, asked);
    results.push({ name: `decisions, ${name}`, value: Math.round(speed), unit: 'per second' });
    if (engine !== isGranted) {
      results.push({ name: `Sekisho over ${name}`, value: Math.round(own / speed), unit: '×' });
    }
  }
  return results;
}

/** Decisions in a second, over a second or two. */
function rate(engine: Engine, asked: readonly Question[]): number {
  let decided = 0;
  const started = performance.now();
  let took = 0;
  while (took < SECONDS * 1000) {
    for (let i = 0; i < 20; i++) engine(asked[decided++ % asked.length] as Question);
    took = performance.now() - started;
  }
  return (decided / took) * 1000;
}

interface Rule {
  readonly level: string;
  readonly role: string;
  readonly member: string;
  /** When it holds, in milliseconds; conditions on what the resource does not have come to nothing else. */
  readonly from: number;
  readonly until: number;
}

/** The allow policies of all levels, binding by binding. */
function rulesOf({ levels }: Question): Rule[] {
  return levels.flatMap(({ resource, policy }) =>
    policy === 'unreadable'
      ? []
      : policy.source.bindings.flatMap(({ role, members, condition }) =>
          members.map((member) => ({ level: resource, role, member, ...spanOf(condition) })),
        ),
  );
}

function spanOf(condition: Binding['condition']): Pick<Rule, 'from' | 'until'> {
  const [, operator, instant = ''] =
    /request\.time ([<>]) timestamp\("([^"]+)"\)/.exec(condition?.expression ?? '') ?? [];
  const at = Date.parse(instant);
  if (operator === '<') return { from: 0, until: at };
  return { from: operator === '>' ? at + 1 : 0, until: FOREVER };
}

const holding = (role: string) =>
  PERMISSIONS.filter((permission) => roles.get(role)?.permissions.has(permission));
const selfOf = ({ principal }: Question) => memberOf(principal) ?? '';

const MODEL = `
[request_definition]
r = sub, act, time
[policy_definition]
p = sub, role, from, until
[role_definition]
g = _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && g2(r.act, p.role) && r.time >= p.from && r.time < p.until
`;

/** All rules concern the resource or what is above it, so that casbin need not ask which resource is meant. */
async function casbinEngine(question: Question, asked: readonly Question[]): Promise<Engine> {
  const rules = rulesOf(question);
  const members = [...new Set(asked.map(selfOf))];
  const lines = [
    ...rules.map(({ member, role, from, until }) => `p, ${member}, ${role}, ${from}, ${until}`),
    ...members.flatMap((member) => question.groups.groupsOf(member).map((group) => `g, ${member}, ${group}`)),
    ...[...new Set(rules.map(({ role }) => role))].flatMap((role) =>
      holding(role).map((permission) => `g2, ${permission}, ${role}`),
    ),
  ];
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(lines.join('\n')));
  return (asked) => enforcer.enforceSync(selfOf(asked), asked.permission, asked.time.getTime());
}

const uid = (type: string, id: string) => ({ type, id });

/** Members and roles are groups of principals and actions, levels are groups of resources. */
function cedarEngine(question: Question): Engine {
  const text = rulesOf(question).map(
    ({ level, role, member, from, until }) =>
      `permit(principal in Member::"${member}", action in Action::"${role}", resource in Level::"${level}")` +
      `${from === 0 && until === FOREVER ? '' : ` when { context.time >= ${from} && context.time < ${until} }`};`,
  );
  const read = cedar.preparsePolicySet('bench', { staticPolicies: text.join('\n') });
  if (read.type === 'failure') throw new Error(read.errors.map(({ message }) => message).join('\n'));
  const names = question.levels.map(({ resource }) => resource);
  const levels = names.map((level, i) => ({
    uid: uid('Level', level),
    attrs: {},
    parents: names.slice(i + 1, i + 2).map((parent) => uid('Level', parent)),
  }));
  const roleNames = [...new Set(rulesOf(question).map(({ role }) => role))];
  const actions = PERMISSIONS.map((permission) => ({
    uid: uid('Action', permission),
    attrs: {},
    parents: roleNames
      .filter((role) => holding(role).includes(permission))
      .map((role) => uid('Action', role)),
  }));
  return (asked) => {
    const self = selfOf(asked);
    const parents = asked.groups.groupsOf(self).map((group) => uid('Member', group));
    const answer = cedar.statefulIsAuthorized({
      principal: uid('Member', self),
      action: uid('Action', asked.permission),
      resource: uid('Level', asked.resource),
      context: { time: asked.time.getTime() },
      preparsedPolicySetId: 'bench',
      entities: [
        { uid: uid('Member', self), attrs: {}, parents },
        ...levels,
        ...actions.filter((action) => action.uid.id === asked.permission),
      ],
    });
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('\n'));
    return answer.response.decision === 'allow';
  };
}
