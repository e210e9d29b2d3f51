/** What may be written into a principal access boundary policy and into a policy binding (google.iam.v3). */
import { isProjectId, isProjectNumber, type ResourceName } from '../../names/index.js';
import type { Condition } from '../conditions/types.js';
import type { PolicyProblem } from '../validate.js';
import { checkPrincipalCondition } from './condition.js';
import { isEnforcementVersion } from './enforcement-versions.js';
import { readTarget } from './targets.js';

/** https://cloud.google.com/iam/quotas */
export const MAX_POLICIES_OF_ORGANIZATION = 1000;
export const MAX_BINDINGS_OF_TARGET = 10;
const MAX_RULES = 500;
const MAX_RESOURCES = 500;
/** "Less than or equal to 63 characters", "256 characters" (google.iam.v3). */
const MAX_DISPLAY_NAME = 63;
const MAX_DESCRIPTION = 256;
/** https://google.aip.dev/148#annotations, which has the form of Kubernetes' annotations */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const ANNOTATION_KEY =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

type Annotations = Readonly<Record<string, string>>;

/** A policy's rule as a caller sends it. */
export interface ProposedBoundaryRule {
  readonly description?: string;
  /** Full resource names, projects by id or number. */
  readonly resources: readonly string[];
}

export interface ProposedBoundaryPolicy {
  readonly displayName: string;
  readonly annotations: Annotations;
  /** A policy without details makes nothing eligible. */
  readonly details?: {
    readonly rules: readonly ProposedBoundaryRule[];
    /** Empty when the caller leaves it to the server. */
    readonly enforcementVersion: string;
  };
}

export interface ProposedPolicyBinding {
  readonly displayName: string;
  readonly annotations: Annotations;
  /** As the caller spells it. */
  readonly principalSet: string;
  /** The policy's name. */
  readonly policy: string;
  readonly condition?: Condition;
}

const invalid = (message: string): PolicyProblem => ({ status: 'INVALID_ARGUMENT', message });

/** Of policies and of bindings: "Pattern, /[a-z][a-z0-9-\.]{2,62}/". */
export function isBoundaryId(text: string): boolean {
  return /^[a-z][a-z0-9.-]{2,62}$/.test(text);
}

/** A project (by id or number), folder or organization: what rules can name. Undefined for anything else. */
export function readEligible(text: string): ResourceName | undefined {
  const [, collection, id = ''] =
    /^\/\/cloudresourcemanager\.googleapis\.com\/(projects|folders|organizations)\/([^/]+)$/.exec(text) ?? [];
  if (collection === undefined) return undefined;
  const good = isProjectNumber(id) || (collection === 'projects' && isProjectId(id));
  return good ? (text as ResourceName) : undefined;
}

/** What is wrong with a policy, in the order of its fields; the first is what is answered. */
export function boundaryPolicyProblems(policy: ProposedBoundaryPolicy): readonly PolicyProblem[] {
  const place = 'principal_access_boundary_policy';
  return [
    ...textProblems(policy, place),
    ...(policy.details === undefined ? [] : detailsProblems(policy.details, `${place}.details`)),
  ];
}

function detailsProblems(
  { rules, enforcementVersion }: NonNullable<ProposedBoundaryPolicy['details']>,
  place: string,
): PolicyProblem[] {
  const resources = rules.reduce((sum, rule) => sum + rule.resources.length, 0);
  return [
    ...(rules.length === 0 ? [invalid(`${place}.rules: at least one rule is required.`)] : []),
    ...(rules.length > MAX_RULES
      ? [invalid(`${place}.rules: a policy can have at most ${MAX_RULES} rules; it has ${rules.length}.`)]
      : []),
    ...(resources > MAX_RESOURCES
      ? [
          invalid(
            `${place}.rules: the rules of a policy can name at most ${MAX_RESOURCES} resources together; they name ${resources}.`,
          ),
        ]
      : []),
    ...rules.flatMap((rule, index) => ruleProblems(rule, `${place}.rules[${index}]`)),
    ...(enforcementVersion === '' || isEnforcementVersion(enforcementVersion)
      ? []
      : [
          invalid(
            `${place}.enforcement_version: "${enforcementVersion}" is none; they are 1, 2, 3, 4 and latest.`,
          ),
        ]),
  ];
}

function ruleProblems({ description, resources }: ProposedBoundaryRule, place: string): PolicyProblem[] {
  return [
    ...tooLong(`${place}.description`, description ?? '', MAX_DESCRIPTION),
    ...(resources.length === 0 ? [invalid(`${place}.resources: at least one is required.`)] : []),
    ...resources
      .filter((resource) => readEligible(resource) === undefined)
      .map((resource) =>
        invalid(
          `${place}.resources: "${resource}" is not the full resource name of a project, folder or organization, for example //cloudresourcemanager.googleapis.com/projects/PROJECT_ID.`,
        ),
      ),
  ];
}

/** What is wrong with a binding by itself; whether its policy and its target go together, the caller knows. */
export function policyBindingProblems(binding: ProposedPolicyBinding): readonly PolicyProblem[] {
  const place = 'policy_binding';
  return [
    ...textProblems(binding, place),
    ...(readTarget(binding.principalSet) === undefined
      ? [
          invalid(
            `${place}.target.principal_set: "${binding.principalSet}" is no principal set that policies can be bound to. See https://cloud.google.com/iam/docs/principal-access-boundary-policies#principal-sets`,
          ),
        ]
      : []),
    ...conditionProblems(binding, `${place}.condition`),
  ];
}

function conditionProblems({ condition }: ProposedPolicyBinding, place: string): PolicyProblem[] {
  if (condition === undefined) return [];
  const check = checkPrincipalCondition(condition.expression);
  return check.ok ? [] : [{ status: check.status, message: `${place}: ${check.message}` }];
}

function textProblems(
  { displayName, annotations }: { readonly displayName: string; readonly annotations: Annotations },
  place: string,
): PolicyProblem[] {
  const entries = Object.entries(annotations);
  const bytes = Buffer.byteLength(entries.flat().join(''));
  return [
    ...tooLong(`${place}.display_name`, displayName, MAX_DISPLAY_NAME),
    ...entries
      .filter(([key]) => !ANNOTATION_KEY.test(key))
      .map(([key]) => invalid(`${place}.annotations: "${key}" is no valid key of an annotation.`)),
    ...(bytes > MAX_ANNOTATIONS_BYTES
      ? [invalid(`${place}.annotations: they have more than ${MAX_ANNOTATIONS_BYTES / 1024} KiB together.`)]
      : []),
  ];
}

function tooLong(what: string, text: string, most: number): PolicyProblem[] {
  return text.length > most ? [invalid(`${what} is too long: at most ${most} characters.`)] : [];
}
