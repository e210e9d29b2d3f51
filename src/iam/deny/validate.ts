/** What may be written into a deny policy (https://cloud.google.com/iam/docs/deny-overview, google.iam.v2.Policy). */
import { checkDenialExpression } from '../conditions/denial.js';
import type { PolicyProblem } from '../validate.js';
import { canBeDenied, parseDenyPermission } from './permissions.js';
import { parseDenyPrincipal } from './principals.js';
import type { DenyRule, DenyRules } from './types.js';

/** For one attachment point, all its deny policies taken together. */
const MAX_POLICIES = 500;
const MAX_RULES = 500;
/** "up to 63 characters", "up to 256 characters" (google.iam.v2.Policy, PolicyRule). */
const MAX_DISPLAY_NAME = 63;
const MAX_DESCRIPTION = 256;
const MAX_ANNOTATION = { key: 63, value: 255 };

const invalid = (message: string): PolicyProblem => ({ status: 'INVALID_ARGUMENT', message });

/** "3 to 63 characters: lowercase letters and numbers, dashes and periods; the first a lowercase letter". */
export function isDenyPolicyId(text: string): boolean {
  return /^[a-z][a-z0-9.-]{2,62}$/.test(text);
}

/** A deny policy as a caller sends it. */
export interface ProposedDenyPolicy {
  readonly displayName: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly rules: readonly DenyRule[];
}

/**
 * What is wrong with a deny policy, in the order of its fields; the first is what IAM would answer. Whether accounts
 * and groups exist is the caller's to know.
 */
export function denyPolicyProblems(policy: ProposedDenyPolicy): readonly PolicyProblem[] {
  return [
    ...tooLong('policy.display_name', policy.displayName, MAX_DISPLAY_NAME),
    ...Object.entries(policy.annotations).flatMap(([key, value]) => [
      ...tooLong(`The key "${key}" of policy.annotations`, key, MAX_ANNOTATION.key),
      ...tooLong(`policy.annotations["${key}"]`, value, MAX_ANNOTATION.value),
    ]),
    ...(policy.rules.length === 0 ? [invalid('policy.rules: a deny policy needs at least one rule.')] : []),
    ...policy.rules.flatMap((rule, index) => ruleProblems(rule, `policy.rules[${index}]`)),
  ];
}

/** What is wrong with the deny policies of one resource as a whole. */
export function denyLimitProblems(policies: readonly DenyRules[]): readonly PolicyProblem[] {
  const rules = policies.reduce((sum, policy) => sum + policy.rules.length, 0);
  return [
    ...(policies.length > MAX_POLICIES
      ? [invalid(`A resource can have at most ${MAX_POLICIES} deny policies.`)]
      : []),
    ...(rules > MAX_RULES
      ? [
          invalid(
            `The deny policies of a resource can have at most ${MAX_RULES} rules together; they would have ${rules}.`,
          ),
        ]
      : []),
  ];
}

function tooLong(what: string, text: string, most: number): PolicyProblem[] {
  return text.length > most ? [invalid(`${what} is too long: at most ${most} characters.`)] : [];
}

function ruleProblems(rule: DenyRule, place: string): PolicyProblem[] {
  const within = `${place}.deny_rule`;
  return [
    ...tooLong(`${place}.description`, rule.description ?? '', MAX_DESCRIPTION),
    ...required(rule.deniedPrincipals, `${within}.denied_principals`),
    ...rule.deniedPrincipals.flatMap((text) => principalProblems(text, `${within}.denied_principals`)),
    ...rule.exceptionPrincipals.flatMap((text) => exceptionProblems(text, `${within}.exception_principals`)),
    ...required(rule.deniedPermissions, `${within}.denied_permissions`),
    ...rule.deniedPermissions.flatMap((text) => permissionProblems(text, `${within}.denied_permissions`)),
    ...rule.exceptionPermissions.flatMap((text) =>
      permissionProblems(text, `${within}.exception_permissions`),
    ),
    ...conditionProblems(rule, `${within}.denial_condition`),
  ];
}

function required(list: readonly string[], place: string): PolicyProblem[] {
  return list.length === 0 ? [invalid(`${place}: at least one is required.`)] : [];
}

function principalProblems(text: string, place: string): PolicyProblem[] {
  return parseDenyPrincipal(text) === undefined
    ? [invalid(`${place}: "${text}" is not a valid principal identifier.`)]
    : [];
}

/** The same values, "excluding `principalSet://goog/public:all`" (DenyRule.exception_principals). */
function exceptionProblems(text: string, place: string): PolicyProblem[] {
  return parseDenyPrincipal(text)?.kind === 'everybody'
    ? [invalid(`${place}: "${text}" cannot be an exception.`)]
    : principalProblems(text, place);
}

function permissionProblems(text: string, place: string): PolicyProblem[] {
  const permission = parseDenyPermission(text);
  if (permission !== undefined && canBeDenied(permission)) return [];
  return [
    invalid(
      permission === undefined
        ? `${place}: "${text}" is not of the form SERVICE_FQDN/RESOURCE.ACTION, for example run.googleapis.com/services.create.`
        : `${place}: the permission "${text}" is not supported in deny policies. See https://cloud.google.com/iam/docs/deny-permissions-support`,
    ),
  ];
}

function conditionProblems({ denialCondition }: DenyRule, place: string): PolicyProblem[] {
  if (denialCondition === undefined) return [];
  const check = checkDenialExpression(denialCondition.expression);
  return check.ok ? [] : [{ status: check.status, message: `${place}: ${check.message}` }];
}
