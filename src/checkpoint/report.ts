/** The report of a check as JSON: the schema `sekisho.check/1`. */
import type { Verdict } from '../iam/index.js';
import type { ResourceName } from '../names/index.js';
import type { Explanation } from './explain/explanation.js';
import type { Holder } from './explain/holders.js';
import { messages } from './messages.js';
import type { Place } from './places.js';
import type {
  Actor,
  DeployPlan,
  Effect,
  Evidence,
  Fix,
  JudgedRequirement,
  Judgement,
  Moment,
} from './types.js';

export interface ReportedRequirement {
  readonly id: string;
  readonly moment: Moment;
  readonly effect: Effect;
  readonly actor?: Actor;
  readonly principal?: string;
  readonly permission?: string;
  readonly resource?: ResourceName;
  readonly image?: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  /** The reasons again, for programs. */
  readonly evidence: readonly Evidence[];
  /** To whom the same policies grant what is denied here: at most three. */
  readonly holders?: readonly Holder[];
  /** The whole evaluation, where it was asked for. */
  readonly explanation?: Explanation;
  /** What Google would say; when the verdict is unknown, if it turns out to be no. */
  readonly message?: string;
  /** Where what needs it is written. */
  readonly place?: Place;
}

/** A fix as reported: a grant has a member, the enabling of an API a project and an API. */
export type ReportedFix = WithoutKind<Fix>;

/** Of each member of a union by itself. */
type WithoutKind<T> = T extends unknown ? Omit<T, 'kind'> : never;

export interface CheckReport {
  readonly schema: 'sekisho.check/1';
  readonly verdict: Verdict;
  readonly target: DeployPlan['target'];
  /** What the deploy is called where it is written: a file's name, or an address in a Terraform plan. */
  readonly label?: string;
  /** Where the facts are from, and what was taken for granted; left out where a plane answered of itself. */
  readonly source?: string;
  readonly requirements: readonly ReportedRequirement[];
  readonly fixes: readonly ReportedFix[];
}

/** An order of things in which the deploy would fail although everything is granted in the end. */
export interface Fault {
  readonly id: 'no-edge' | 'agent-before-api' | 'authoritative-policy' | 'not-known-until-apply';
  readonly severity: 'error' | 'warning';
  /** What it is about, e.g. `google_cloud_run_v2_service.web`. */
  readonly address: string;
  readonly message: string;
  /** What to write, and where. */
  readonly mend: string;
  readonly place?: Place;
}

/** Several deploys, checked together; the schema of what a plan or several files come to. */
export interface ChecksReport {
  readonly schema: 'sekisho.checks/1';
  readonly verdict: Verdict;
  /** Where the facts are from. */
  readonly source: string;
  readonly checks: readonly CheckReport[];
  readonly faults: readonly Fault[];
}

function reported(judged: JudgedRequirement): ReportedRequirement {
  const { id, moment, effect, actor, principal, permission, resource, image, verdict, message } = judged;
  const evidence: readonly Evidence[] = [
    ...(judged.finding ? [judged.finding] : []),
    ...(judged.decision?.reasons ?? []),
  ];
  return {
    id,
    moment,
    effect,
    ...(actor && { actor }),
    ...(principal !== undefined && { principal }),
    ...(permission !== undefined && { permission }),
    ...(resource !== undefined && { resource }),
    ...(image !== undefined && { image }),
    verdict,
    reasons: evidence.map(messages.en.evidence),
    evidence,
    ...(judged.holders && { holders: judged.holders }),
    ...(message !== undefined && { message }),
  };
}

/** The report of one judged deploy. */
export function report(
  { target }: Pick<DeployPlan, 'target'>,
  judgement: Judgement,
  fixes: readonly Fix[],
): CheckReport {
  return {
    schema: 'sekisho.check/1',
    verdict: judgement.verdict,
    target,
    requirements: judgement.requirements.map(reported),
    fixes: fixes.map(({ kind: _, ...fix }) => fix),
  };
}

/** The reports of several deploys as one; a fault that is an error counts as denied. */
export function checksReport(
  checks: readonly CheckReport[],
  faults: readonly Fault[],
  source: string,
): ChecksReport {
  const verdicts = new Set(checks.map(({ verdict }) => verdict));
  const denied = verdicts.has('denied') || faults.some(({ severity }) => severity === 'error');
  const verdict = denied ? 'denied' : verdicts.has('unknown') ? 'unknown' : 'granted';
  return { schema: 'sekisho.checks/1', verdict, source, checks, faults };
}

/** The exit status of `sekisho check`: 0 all granted, 1 something denied, 2 something unknown and nothing denied. */
export function exitCode({ verdict }: Pick<CheckReport, 'verdict'>): 0 | 1 | 2 {
  switch (verdict) {
    case 'granted':
      return 0;
    case 'denied':
      return 1;
    case 'unknown':
      return 2;
  }
}
