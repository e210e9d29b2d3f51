/** What the bindings of each allow policy come to. */
import { normalizeMember } from '../../names/index.js';
import { type Coverage, covering } from '../coverage.js';
import type {
  Binding,
  CompiledGrant,
  CompiledPolicy,
  ConditionResult,
  PolicyLevel,
  Question,
} from '../types.js';
import { statementResults } from './context.js';
import { allowState, annotated, membershipOf } from './states.js';
import type {
  AllowExplanation,
  AllowPolicyExplanation,
  AllowState,
  BindingExplanation,
  ConditionExplanation,
  Inclusion,
  Membership,
} from './types.js';

/** What is found of a binding before anybody knows what matters. */
interface Found {
  readonly binding: Binding;
  readonly state: AllowState;
  readonly role: Inclusion;
  readonly members: ReadonlyMap<string, Membership>;
  readonly condition?: ConditionExplanation;
}

interface FoundPolicy {
  readonly level: PolicyLevel;
  readonly state: AllowState;
  readonly found: readonly Found[];
}

/** Every binding of the effective policy. The whole's relevance is left to whoever knows of the other kinds of policies. */
export function explainAllow(question: Question): Omit<AllowExplanation, 'relevance'> {
  const who = covering(question);
  const policies = question.levels.map((level): FoundPolicy => {
    const { policy } = level;
    if (policy === 'unreadable') return { level, state: 'unknown-info', found: [] };
    const found = policy.source.bindings.map((binding) => explainBinding(binding, policy, who, question));
    return { level, state: allowState(found.map(({ state }) => state)), found };
  });
  const state = allowState(policies.map((policy) => policy.state));
  return { state, policies: policies.map((policy) => explained(policy, state)) };
}

function explainBinding(binding: Binding, policy: CompiledPolicy, who: Coverage, question: Question): Found {
  const grant = grantOf(binding, policy);
  const perhaps = who.perhaps(policy);
  const members = new Map<string, Membership>();
  for (const text of binding.members) {
    const member = normalizeMember(text);
    const covers = who.members.includes(member);
    members.set(text, covers ? 'matched' : perhaps.includes(member) ? 'unknown-info' : 'not-matched');
  }
  const role = inclusionOf(grant, question.permission);
  const condition = conditionExplanation(grant.condition, question);
  const state = bindingState(role, membershipOf([...members.values()]), condition?.result);
  return { binding, state, role, members, ...(condition ? { condition } : {}) };
}

function grantOf(binding: Binding, policy: CompiledPolicy): CompiledGrant {
  const grant = policy.ofBinding.get(binding);
  if (grant === undefined) throw new Error(`the binding of ${binding.role} was not compiled`);
  return grant;
}

function inclusionOf({ permissions }: CompiledGrant, permission: string): Inclusion {
  if (permissions === undefined) return 'unknown-info';
  return permissions.has(permission) ? 'included' : 'not-included';
}

function bindingState(
  role: Inclusion,
  membership: Membership,
  condition: ConditionResult | undefined,
): AllowState {
  if (role === 'not-included' || membership === 'not-matched') return 'not-granted';
  if (condition?.value === 'false' || condition?.value === 'error') return 'not-granted';
  if (role === 'unknown-info' || membership === 'unknown-info') return 'unknown-info';
  return condition?.value === 'unknown' ? 'unknown-conditional' : 'granted';
}

/** What a condition comes to, and each of its statements. */
export function conditionExplanation(
  condition: CompiledGrant['condition'],
  question: Question,
): ConditionExplanation | undefined {
  if (condition === undefined) return undefined;
  const { source, test } = condition;
  return {
    condition: source,
    result: test.evaluate(question),
    statements: statementResults(test, question),
  };
}

/** @param whole what the policies of all levels come to: what brings that about matters */
function explained({ level, state, found }: FoundPolicy, whole: AllowState): AllowPolicyExplanation {
  const { resource, policy } = level;
  if (policy === 'unreadable') return { kind: 'unreadable', resource, state: 'unknown-info' };
  const bindings = found.map((each) => explainedBinding(each, whole));
  return {
    kind: 'readable',
    resource,
    policy: policy.source,
    bindings,
    ...annotated(state, state === whole),
  };
}

/** Where nothing is granted, each role that holds the permission would do: its members or its condition keep it. */
function explainedBinding({ role, members, ...found }: Found, whole: AllowState): BindingExplanation {
  const matters = found.state === whole && role !== 'not-included';
  const member = (state: Membership) => annotated(state, matters && state !== 'not-matched');
  return {
    ...found,
    ...annotated(found.state, matters),
    role: annotated(role, matters),
    members: new Map([...members].map(([name, state]) => [name, member(state)])),
    combined: member(membershipOf([...members.values()])),
  };
}
