/** setIamPolicy's checks, and the form in which IAM keeps a policy. */
import { parseMember, principalOfEmail } from '../names/index.js';
import { auditConfigProblems, exemptions, mergeAuditConfigs } from './audit-configs.js';
import { isConditional, mergeBindings } from './bindings.js';
import { checkCondition, limitsGrants } from './conditions/check.js';
import { MODIFIED_GRANTS } from './conditions/signatures.js';
import {
  memberSupports,
  type PolicyResourceType,
  roleSupports,
  takesAuditConfigs,
} from './resource-types.js';
import type { AuditConfig, Binding, Policy, ProposedAuditConfig, RoleCatalogue } from './types.js';

/** A policy as a caller sends it: parsed, not yet believed. */
export interface ProposedPolicy {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings: readonly Binding[];
  readonly auditConfigs?: readonly ProposedAuditConfig[];
}

export interface PolicyProblem {
  readonly status: 'INVALID_ARGUMENT' | 'UNIMPLEMENTED';
  readonly message: string;
}

export type PolicyValidation =
  | {
      readonly ok: true;
      readonly version: 1 | 3;
      readonly bindings: readonly Binding[];
      readonly auditConfigs: readonly AuditConfig[];
    }
  /** At least one problem; the first is what IAM would answer. */
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** https://cloud.google.com/iam/quotas */
const MAX_MEMBERS = 1500;
const MAX_GROUPS = 250;

/**
 * Checks a policy before it replaces a resource's own, and brings it into the form in which IAM keeps it: one
 * binding for each role and condition, members in lower case and once each, in order. Whether accounts exist and
 * whether the etag is current is the caller's to know.
 *
 * @param current the policy that is to be replaced: a policy with conditions is not overwritten by way of its
 *   etag under a lower version (https://cloud.google.com/iam/docs/policies#versions)
 */
export function validatePolicy(
  proposed: ProposedPolicy,
  roles: RoleCatalogue,
  type: PolicyResourceType,
  current?: Policy,
): PolicyValidation {
  const bindings = mergeBindings(proposed.bindings);
  const auditConfigs = mergeAuditConfigs(proposed.auditConfigs ?? []);
  const problems = [
    ...versionProblems(proposed, current),
    ...proposed.bindings.flatMap((binding) => bindingProblems(binding, roles, type)),
    ...auditProblems(proposed, type),
    ...limitProblems([...bindings.flatMap(({ members }) => members), ...exemptions(auditConfigs)]),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, version: isConditional({ bindings }) ? 3 : 1, bindings, auditConfigs };
}

const invalid = (message: string): PolicyProblem => ({ status: 'INVALID_ARGUMENT', message });

const SEE_VERSIONS =
  'For more information, please refer to https://cloud.google.com/iam/docs/policies#versions';

function versionProblems(proposed: ProposedPolicy, current: Policy | undefined): PolicyProblem[] {
  const version = proposed.version ?? 0;
  if (version !== 0 && version !== 1 && version !== 3)
    return [invalid(`Invalid policy version (${version}). Valid versions are 0, 1 and 3. ${SEE_VERSIONS}`)];
  if (version === 3) return [];
  if (isConditional(proposed))
    return [
      invalid(
        `Specified policy version (${version}) cannot be less than 3 for a policy with conditional role bindings. ${SEE_VERSIONS}`,
      ),
    ];
  const replacesConditions = proposed.etag !== undefined && current !== undefined && isConditional(current);
  return replacesConditions
    ? [
        invalid(
          `Specified policy version (${version}) cannot be less than the existing policy version (3). ${SEE_VERSIONS}`,
        ),
      ]
    : [];
}

function bindingProblems(binding: Binding, roles: RoleCatalogue, type: PolicyResourceType): PolicyProblem[] {
  return [
    ...roleProblems(binding.role, roles, type),
    ...(binding.members.length === 0
      ? [invalid(`The binding of ${binding.role} must contain at least one member.`)]
      : []),
    ...binding.members.flatMap((member) => memberProblems(member, binding.role, type)),
    ...conditionProblems(binding, type),
  ];
}

const ROLE_NAME = /^(?:roles|projects\/[^/]+\/roles|organizations\/[^/]+\/roles)\/[A-Za-z0-9_.]+$/;

function roleProblems(name: string, roles: RoleCatalogue, type: PolicyResourceType): PolicyProblem[] {
  if (!ROLE_NAME.test(name))
    return [
      invalid(
        'The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".',
      ),
    ];
  const role = roles.get(name);
  if (role === undefined && !name.startsWith('roles/'))
    return [invalid(`Role (${name}) does not exist in the resource's hierarchy.`)];
  if (role === undefined || !roleSupports(role, type))
    return [invalid(`Role ${name} is not supported for this resource.`)];
  return [];
}

const BASIC_ROLES: ReadonlySet<string> = new Set(['roles/owner', 'roles/editor', 'roles/viewer']);

function memberProblems(text: string, role: string, type: PolicyResourceType): PolicyProblem[] {
  const member = parseMember(text);
  if (member === undefined) return [invalid(malformedMember(text))];
  const { kind } = member;
  const isPublic = kind === 'allUsers' || kind === 'allAuthenticatedUsers';
  if (!memberSupports(kind, type) || (isPublic && BASIC_ROLES.has(role)))
    return [invalid(`Member ${text} is invalid due to membership type restrictions on the resource.`)];
  if (kind === 'user' && principalOfEmail(member.id).kind === 'serviceAccount')
    return [
      invalid(
        `Principal ${member.id} is of type "serviceAccount". The principal should appear as "serviceAccount:${member.id}". See https://cloud.google.com/iam/help/members/types for additional documentation.`,
      ),
    ];
  return [];
}

/** What IAM calls the kinds of member that have an address when the address is nobody's. */
const NOBODY: Readonly<Record<string, string>> = {
  user: 'User',
  serviceAccount: 'Service account',
  group: 'Group',
  domain: 'Domain',
};

function malformedMember(text: string): string {
  const kind = text.slice(0, Math.max(text.indexOf(':'), 0));
  const noun = Object.hasOwn(NOBODY, kind) ? NOBODY[kind] : undefined;
  return noun === undefined
    ? `The member ${text} is of an unknown type. Please set a valid type prefix for the member.`
    : `${noun} ${text.slice(kind.length + 1)} does not exist.`;
}

/** Kinds of resource whose policies may limit which roles can be granted. */
const LIMIT_GRANTS: ReadonlySet<PolicyResourceType> = new Set([
  'project',
  'folder',
  'organization',
  'tagKey',
  'tagValue',
]);

function conditionProblems({ role, condition }: Binding, type: PolicyResourceType): PolicyProblem[] {
  if (condition === undefined) return [];
  if (BASIC_ROLES.has(role))
    return [
      invalid(
        "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles",
      ),
    ];
  const check = checkCondition(condition);
  if (!check.ok) return [{ status: check.status, message: check.message }];
  if (LIMIT_GRANTS.has(type) || !limitsGrants(condition.expression)) return [];
  return [
    invalid(
      `LintValidationUnits/RestrictedAttributesCheck Error: ${MODIFIED_GRANTS} can be used in the policies of projects, folders and organizations only`,
    ),
  ];
}

function auditProblems({ auditConfigs = [] }: ProposedPolicy, type: PolicyResourceType): PolicyProblem[] {
  if (auditConfigs.length > 0 && !takesAuditConfigs(type))
    return [invalid('Audit configurations are not supported for this resource.')];
  return auditConfigProblems(auditConfigs).map(invalid);
}

/** Members count once in each binding and exemption, groups once in the policy, domains each time. */
function limitProblems(members: readonly string[]): PolicyProblem[] {
  const groups = new Set(members.filter((member) => member.startsWith('group:')));
  const domains = members.filter((member) => member.startsWith('domain:'));
  return [
    ...tooMany('members', members.length, MAX_MEMBERS),
    ...tooMany('groups and domains', groups.size + domains.length, MAX_GROUPS),
  ];
}

function tooMany(what: string, count: number, most: number): PolicyProblem[] {
  if (count <= most) return [];
  const [n, m] = [count, most].map((value) => value.toLocaleString('en-US'));
  return [
    invalid(`The number of ${what} in the policy (${n}) is larger than the maximum allowed size ${m}.`),
  ];
}
