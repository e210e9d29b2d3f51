/** Deny policies of a plan (`google_iam_deny_policy`). */
import type { Known } from '../../checkpoint/index.js';
import type { DenyRule, DenyRules } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import type { ResourceChange } from './document.js';
import { at, fieldsOf, listOf, textOf, textsOf } from './json.js';
import { isWritten, type TerraformPlan } from './plan.js';

export interface PlannedDenyPolicy {
  /** What it is attached to. */
  readonly parent: ResourceName;
  readonly id: string;
  readonly rules: Known<DenyRules | 'absent'>;
}

/** What a change writes or takes away; `unclear` when not even the place is known. */
export function denyPolicyOf(
  change: ResourceChange,
  { resolver }: TerraformPlan,
): PlannedDenyPolicy | 'unclear' {
  const written = isWritten(change);
  const parent = attachmentPoint(written ? resolver.text(change, ['parent']) : textOf(change.before.parent));
  const id = textOf(written ? change.after.name : change.before.name) ?? change.address;
  if (parent === undefined) return 'unclear';
  if (!written) return { parent, id, rules: 'absent' };
  if (resolver.isUnknown(change, ['rules'])) {
    const why = `${change.address}.rules is known only after apply`;
    return { parent, id, rules: { unknown: true, why } };
  }
  return { parent, id, rules: { id, rules: listOf(change.after.rules).map(ruleOf) } };
}

/** `cloudresourcemanager.googleapis.com/projects/P`, with its slashes encoded. */
function attachmentPoint(text: string | undefined): ResourceName | undefined {
  if (text === undefined) return undefined;
  try {
    return `//${decodeURIComponent(text)}`;
  } catch {
    return undefined;
  }
}

function ruleOf(value: unknown): DenyRule {
  const rule = fieldsOf(at(value, ['deny_rule', 0]));
  const condition = fieldsOf(at(rule, ['denial_condition', 0]));
  const description = textOf(fieldsOf(value).description);
  const expression = textOf(condition.expression);
  return {
    ...(description !== undefined && { description }),
    deniedPrincipals: textsOf(rule.denied_principals),
    exceptionPrincipals: textsOf(rule.exception_principals),
    deniedPermissions: textsOf(rule.denied_permissions),
    exceptionPermissions: textsOf(rule.exception_permissions),
    ...(expression !== undefined && {
      denialCondition: { expression, title: textOf(condition.title) ?? '' },
    }),
  };
}
