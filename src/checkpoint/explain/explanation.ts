/** The whole evaluation of one requirement, level by level, as reports carry it under `explanation`. */
import {
  type BindingExplanation,
  type Condition,
  type ConditionResult,
  explain,
  isDenial,
  type Question,
  type Reason,
} from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import type { JudgedRequirement } from '../types.js';

/** One binding that was considered: its role carries the permission, or the principal is among its members. */
export interface ExplainedBinding {
  readonly role: string;
  /** The members that cover the principal or, where that is not known, may cover them. */
  readonly through: readonly string[];
  /** Whom else it is for; at most five. */
  readonly others: readonly string[];
  readonly covers: 'yes' | 'no' | 'unknown';
  readonly carries: 'yes' | 'no' | 'unknown';
  readonly condition?: Condition & ConditionResult;
  readonly result: 'grants' | 'does-not-grant' | 'unknown';
}

/** One level of the hierarchy. */
export interface ExplainedLevel {
  readonly resource: ResourceName;
  readonly result: 'grants' | 'does-not-grant' | 'unknown';
  /** False when its policy could not be read; then `why` says why, where that is known. */
  readonly readable: boolean;
  readonly why?: string;
  readonly bindings: readonly ExplainedBinding[];
  /** Bindings with neither the principal nor the permission. */
  readonly unrelated: number;
}

/** A deny rule that names the permission. */
export interface ExplainedDenyRule {
  readonly resource: ResourceName;
  readonly policy: string;
  /** Counted from 1. */
  readonly rule: number;
  readonly result: 'denies' | 'does-not-deny' | 'unknown';
  /** The principals, as the policy spells them, that cover this one or may. */
  readonly principals: readonly string[];
  readonly exempt: boolean;
  readonly condition?: Condition & ConditionResult;
}

export interface Explanation {
  /** From the organization down to the resource. */
  readonly levels: readonly ExplainedLevel[];
  readonly denyRules: readonly ExplainedDenyRule[];
  /** What keeps the principal from the resource whatever is granted, or may: boundaries, and what of them is unread. */
  readonly above: readonly Reason[];
  /** The least that would mend it; absent when nothing is wrong, or no grant helps. */
  readonly grant?: { readonly member: string; readonly role: string; readonly resource: ResourceName };
}

const MOST_OTHERS = 5;

/** The evaluation that led to the decision on a requirement. */
export function explanationOf(question: Question, judged: JudgedRequirement): Explanation {
  const { allow, deny } = explain(question);
  const reasons = judged.decision?.reasons ?? [];
  return {
    levels: allow.policies.toReversed().map((policy): ExplainedLevel => {
      const { resource } = policy;
      if (policy.kind === 'unreadable') {
        const why = whyUnreadable(reasons, resource);
        return {
          resource,
          result: 'unknown',
          readable: false,
          ...(why === undefined ? {} : { why }),
          bindings: [],
          unrelated: 0,
        };
      }
      const bindings = policy.bindings.filter(concerns).map(binding);
      return {
        resource,
        result: RESULTS[policy.state],
        readable: true,
        bindings,
        unrelated: policy.bindings.length - bindings.length,
      };
    }),
    denyRules: denyRulesOf(deny),
    above: reasons.filter(({ kind }) => ABOVE.has(kind)),
    ...grantIn(judged),
  };
}

const ABOVE: ReadonlySet<Reason['kind']> = new Set<Reason['kind']>([
  'boundary',
  'unreadable-boundaries',
  'unreadable-deny-policies',
  'propagating',
]);

const RESULTS = {
  granted: 'grants',
  'not-granted': 'does-not-grant',
  'unknown-info': 'unknown',
  'unknown-conditional': 'unknown',
} as const;

const MEMBERSHIP = { matched: 'yes', 'not-matched': 'no', 'unknown-info': 'unknown' } as const;
const INCLUSION = { included: 'yes', 'not-included': 'no', 'unknown-info': 'unknown' } as const;
const DENIALS = {
  denied: 'denies',
  'not-denied': 'does-not-deny',
  'unknown-info': 'unknown',
  'unknown-conditional': 'unknown',
} as const;

function whyUnreadable(reasons: readonly Reason[], resource: ResourceName): string | undefined {
  for (const reason of reasons)
    if (reason.kind === 'unreadable-policy' && reason.level === resource) return reason.why;
  return undefined;
}

const concerns = ({ role, combined }: BindingExplanation) =>
  role.state !== 'not-included' || combined.state !== 'not-matched';

function binding({ binding: { role }, members, ...found }: BindingExplanation): ExplainedBinding {
  const all = [...members];
  return {
    role,
    through: all.filter(([, { state }]) => state !== 'not-matched').map(([member]) => member),
    others: all
      .filter(([, { state }]) => state === 'not-matched')
      .map(([member]) => member)
      .slice(0, MOST_OTHERS),
    covers: MEMBERSHIP[found.combined.state],
    carries: INCLUSION[found.role.state],
    ...(found.condition ? { condition: { ...found.condition.condition, ...found.condition.result } } : {}),
    result: RESULTS[found.state],
  };
}

function denyRulesOf({ resources }: ReturnType<typeof explain>['deny']): ExplainedDenyRule[] {
  return resources.flatMap((level) => {
    if (level.kind === 'unreadable') return [];
    return level.policies.flatMap(({ policy, rules }) =>
      rules.flatMap((rule, index): ExplainedDenyRule[] => {
        if (rule.deniedPermission.state === 'not-matched' || rule.exceptionPermission.state === 'matched')
          return [];
        return [
          {
            resource: level.resource,
            policy: policy.id,
            rule: index + 1,
            result: DENIALS[rule.state],
            principals: [...rule.deniedPrincipals]
              .filter(([, { state }]) => state !== 'not-matched')
              .map(([principal]) => principal),
            exempt: rule.exceptionPrincipal.state === 'matched',
            ...(rule.condition
              ? { condition: { ...rule.condition.condition, ...rule.condition.result } }
              : {}),
          },
        ];
      }),
    );
  });
}

/** An account that is not there is not mended by a grant, nor what a deny rule or a boundary takes away. */
function grantIn({
  decision,
  principal,
  smallestRole,
  grantOn,
}: JudgedRequirement): Pick<Explanation, 'grant'> {
  if (decision === undefined || decision.verdict === 'granted' || decision.reasons.some(isDenial)) return {};
  if (principal === undefined || smallestRole === undefined || grantOn === undefined) return {};
  return { grant: { member: principal, role: smallestRole, resource: grantOn } };
}
