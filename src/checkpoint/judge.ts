/** Facts in, verdicts out: the same judge answers the gate of a deploy and the question before it. */
import type { Decision, Verdict } from '../iam/index.js';
import { memberOf } from '../names/index.js';
import { holdersOf } from './explain/holders.js';
import { accountExists, accountUnknown, addressUnknown } from './observations.js';
import { requirements } from './requirements.js';
import type { Answer, Demand, Requirement } from './rule.js';
import { ACCOUNT_TO_COME } from './stand-ins.js';
import type { DeployPlan, Facts, ImageReadCheck, JudgedRequirement, Judgement } from './types.js';

export interface JudgeOptions {
  /** `enforce` since 2025-01-15; `warn` as in the months before; `off` as before that. */
  readonly imageReadCheck: ImageReadCheck;
}

type PermissionDemand = Extract<Demand, { kind: 'permission' }>;

function judgePermission(
  demand: PermissionDemand,
  deploy: DeployPlan,
  facts: Facts,
): Pick<JudgedRequirement, 'verdict' | 'decision' | 'finding'> {
  if (!demand.principal) return judgeStandIn(demand, deploy, facts);
  const decision = facts.decide(demand.principal, demand.permission, demand.resource);
  const account = demand.account === undefined ? undefined : accountExists(facts, demand.account);
  if (!account || account.verdict === 'granted') return { verdict: decision.verdict, decision };
  return { verdict: worst([decision.verdict, account.verdict]), decision, finding: account.finding };
}

/** What is granted to a stand-in is granted; nothing else can be said of somebody who has no address yet. */
function judgeStandIn(
  { standIn, permission, resource, actor }: PermissionDemand,
  deploy: DeployPlan,
  facts: Facts,
): Pick<JudgedRequirement, 'verdict' | 'decision' | 'finding'> {
  const decision = standIn && facts.decide(standIn, permission, resource);
  if (decision?.verdict === 'granted') return { verdict: 'granted', decision };
  return actor === 'runtime-account' && deploy.runtimeIdentity.email === ACCOUNT_TO_COME
    ? accountUnknown()
    : addressUnknown(deploy.target.project);
}

/** Who has what was denied, where the facts tell. */
function whoElse(
  { principal, permission, resource }: PermissionDemand,
  { verdict }: Decision,
  facts: Facts,
): Pick<JudgedRequirement, 'holders'> {
  if (!principal || verdict !== 'denied') return {};
  const question = facts.question?.(principal, permission, resource);
  const holders = question ? holdersOf(question) : [];
  return holders.length === 0 ? {} : { holders };
}

/** The verdict on one demand, and why; what would be said of it is left to whoever needs it. */
export function answerTo(
  demand: Demand,
  deploy: DeployPlan,
  facts: Facts,
): Pick<JudgedRequirement, 'verdict' | 'decision' | 'finding'> & Pick<Answer, 'refusal'> {
  return demand.kind === 'fact' ? demand.answer(facts) : judgePermission(demand, deploy, facts);
}

function judgeDemand(
  demand: Demand,
  deploy: DeployPlan,
  facts: Facts,
  options: JudgeOptions,
): JudgedRequirement {
  const isSoftened = demand.softenedBy !== undefined && options[demand.softenedBy] === 'warn';
  const { refusal, ...found } = answerTo(demand, deploy, facts);
  const principal = demand.principal && memberOf(demand.principal);
  return {
    id: demand.id,
    moment: demand.moment,
    effect: isSoftened ? 'warns' : demand.effect,
    ...(demand.actor && { actor: demand.actor }),
    ...(principal !== undefined && { principal }),
    ...(demand.kind === 'permission' && { permission: demand.permission, resource: demand.resource }),
    ...(demand.image !== undefined && { image: demand.image }),
    ...found,
    ...(demand.kind === 'permission' && found.decision && whoElse(demand, found.decision, facts)),
    ...(found.verdict !== 'granted' && refused(demand, isSoftened, refusal)),
  };
}

/** What is said when a demand is not granted, and what would mend it. */
function refused(demand: Demand, isSoftened: boolean, found: string | undefined): Partial<JudgedRequirement> {
  const { refusal, warning, violation, details } = demand.says();
  const message = (isSoftened ? warning : undefined) ?? found ?? refusal;
  return {
    ...(message !== '' && { message }),
    status: demand.status,
    ...(violation && { violation }),
    ...(details && { details }),
    ...(demand.kind === 'permission' && demand.grant()),
  };
}

/** Denied if anything is, else unknown if anything is: never a yes that was not given. */
function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('denied')) return 'denied';
  return verdicts.includes('unknown') ? 'unknown' : 'granted';
}

/**
 * Judges every requirement of a deploy, in order and without stopping at the first refusal.
 * Pure: the facts were gathered before.
 * @param rules the requirements to judge by; Cloud Run's own when left out
 */
export function judge(
  deploy: DeployPlan,
  facts: Facts,
  options: JudgeOptions,
  rules: readonly Requirement[] = requirements,
): Judgement {
  const judged = demandsOf(deploy, options, rules).map((demand) =>
    judgeDemand(demand, deploy, facts, options),
  );
  const denied = judged.filter(({ verdict }) => verdict === 'denied');
  const refusal = denied.find(({ effect }) => effect === 'refuses');
  const failure = denied.find(({ effect }) => effect === 'fails');
  return {
    verdict: worst(judged.map(({ verdict }) => verdict)),
    requirements: judged,
    ...(refusal && { refusal }),
    ...(failure && { failure }),
    warnings: denied.filter(({ effect }) => effect === 'warns'),
  };
}

/** Everything that the deploy demands under these settings; a requirement that a setting turns off is left out. */
export function demandsOf(
  deploy: DeployPlan,
  options: JudgeOptions,
  rules: readonly Requirement[] = requirements,
): readonly Demand[] {
  const demands: Demand[] = [];
  for (const rule of rules) {
    for (const demand of rule.demands(deploy)) {
      if (demand.softenedBy === undefined || options[demand.softenedBy] !== 'off') demands.push(demand);
    }
  }
  return demands;
}

/**
 * What keeps a request from being accepted: the first requirement that refuses and was not clearly granted.
 * A gate must not let pass what it could not find out.
 */
export function refusalAtTheGate(judgement: Judgement): JudgedRequirement | undefined {
  return judgement.requirements.find(({ effect, verdict }) => effect === 'refuses' && verdict !== 'granted');
}

/** The message with which an accepted deploy fails. Missing secrets are reported all at once, a sentence each. */
export function failureMessage(judgement: Judgement): string | undefined {
  const { failure } = judgement;
  if (failure?.moment !== 'start') return failure?.message;
  return judgement.requirements
    .filter(({ moment, effect, verdict }) => moment === 'start' && effect === 'fails' && verdict === 'denied')
    .flatMap(({ message }) => message ?? [])
    .join(' ');
}
