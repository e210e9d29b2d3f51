/** Reasons in plain English, for tables and messages. */
import {
  memberOf,
  organizationName,
  type Principal,
  type ResourceName,
  splitResource,
} from '../names/index.js';
import type { Reason } from './types.js';

/** The collections of resource names, as one speaks of their members. */
const NOUNS: Readonly<Record<string, string>> = {
  projects: 'project',
  folders: 'folder',
  organizations: 'organization',
  tagKeys: 'tag key',
  tagValues: 'tag value',
  serviceAccounts: 'service account',
  repositories: 'repository',
  secrets: 'secret',
  services: 'service',
  jobs: 'job',
  workerPools: 'worker pool',
};

/** Stands for the folders and the organization of a project whose lineage could not be read. */
export const UNKNOWN_ABOVE = organizationName('-');

/** A resource in a few words, e.g. `project myproject-a`, `repository docker-repo of myproject-b`. */
export function describeResource(name: ResourceName): string {
  if (name === UNKNOWN_ABOVE) return 'the folders and the organization above';
  const segments = splitResource(name).path.split('/');
  const collection = segments.at(-2) ?? '';
  const noun = Object.hasOwn(NOUNS, collection) ? NOUNS[collection] : undefined;
  if (noun === undefined) return name;
  const named = `${noun} ${segments.at(-1)}`;
  const inProject = segments.length > 2 && segments[0] === 'projects' && collection !== 'serviceAccounts';
  return inProject ? `${named} of ${segments[1]}` : named;
}

/**
 * One line that says what a reason is, for the principal and permission that were asked about, e.g.
 * `roles/run.developer on project myproject-a (user:alice@example.com)`.
 */
export function describeReason(reason: Reason, principal: Principal, permission: string): string {
  if (reason.kind === 'anonymous') return 'the caller sent no credential, so only allUsers covers it';
  const on = `on ${describeResource(reason.level)}`;
  switch (reason.kind) {
    case 'deny-rule':
      return `rule ${reason.rule} of deny policy ${reason.policy} ${on} ${
        reason.denies ? 'denies' : 'may deny'
      } ${permission} to ${reason.principal}`;
    case 'unreadable-deny-policies':
      return `the deny policies ${on} could not be read`;
    case 'boundary':
      return `${reason.policies.join(', ')} ${
        reason.blocks ? 'does' : 'may'
      } not make ${describeResource(reason.level)} eligible for ${memberOf(principal) ?? 'callers without a credential'}`;
    case 'unreadable-boundaries':
      return `the principal access boundaries ${on} could not be read`;
    case 'binding':
      return `${reason.role} ${on} (${reason.member})${describeCondition(reason)}`;
    case 'roles-lack-permission': {
      const lacks = reason.roles.length === 1 ? 'lacks' : 'lack';
      return `${reason.roles.join(', ')} ${on} ${lacks} ${permission}`;
    }
    case 'no-binding':
      return `no role ${on} for ${memberOf(principal) ?? 'callers without a credential'}`;
    case 'propagating':
      return `a change that is still propagating makes this ${reason.becomes} ${on} at ${reason.at}`;
    case 'unreadable-policy':
      return `the policy ${on} could not be read`;
    case 'unreadable-group':
      return `${reason.role} ${on} is granted to ${reason.member}, whose members are not known`;
    case 'unknown-role':
      return `${reason.role} ${on} (${reason.member}) is a role whose permissions are not known`;
  }
}

function describeCondition({ condition }: Extract<Reason, { kind: 'binding' }>): string {
  if (condition === undefined) return '';
  const named = `condition "${condition.title}"`;
  const note = condition.note === undefined ? '' : `: ${condition.note}`;
  switch (condition.value) {
    case 'true':
      return `, as its ${named} is met`;
    case 'false':
      return `, but its ${named} is not met`;
    case 'error':
      return `, but its ${named} cannot be evaluated and so never grants${note}`;
    case 'unknown':
      return `, if its ${named} is met, which is not known${note}`;
  }
}
