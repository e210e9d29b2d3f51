/** Everything that setIamPolicy refuses, the etag aside. */
import { GoogleError, unimplemented } from '../google/index.js';
import {
  type AuditConfig,
  type Binding,
  type Policy,
  type PolicyProblem,
  policyResourceType,
  type RoleCatalogue,
  validatePolicy,
} from '../iam/index.js';
import { parseMember, type ResourceName, splitResource, workloadPoolOf } from '../names/index.js';
import type { PolicyUpdate } from './types.js';

/** Who is there. */
export interface Directory {
  readonly accountExists: (email: string) => Promise<boolean>;
  readonly groupExists: (email: string) => Promise<boolean>;
  /** Is there a workload identity pool of this full name? */
  readonly poolExists: (name: string) => Promise<boolean>;
}

/** What a check needs to know of the plane. */
export interface PolicyContext extends Directory {
  readonly resource: ResourceName;
  /** The policy that is to be replaced. */
  readonly stored: Policy;
  readonly roles: RoleCatalogue;
}

/** What a policy may say. */
export interface Accepted {
  readonly bindings: readonly Binding[];
  readonly auditConfigs: readonly AuditConfig[];
}

/**
 * @returns bindings and audit configurations in the form in which they are kept
 * @throws GoogleError INVALID_ARGUMENT in IAM's words; UNIMPLEMENTED for a condition that cannot be evaluated here
 */
export async function checkPolicy(update: PolicyUpdate, context: PolicyContext): Promise<Accepted> {
  const type = policyResourceType(context.resource);
  if (type === undefined) throw unimplemented(`${context.resource} has no policy of its own.`);
  const validation = validatePolicy(update, context.roles, type, context.stored);
  if (!validation.ok) throw refusalOf(validation.problems);
  const { bindings, auditConfigs } = validation;
  await requireMembers({ bindings, auditConfigs }, context);
  return { bindings, auditConfigs };
}

/** What is answered to problems, of which there is one at least: the first. */
export function refusalOf([first]: readonly PolicyProblem[]): GoogleError {
  if (!first) throw new Error('a policy was refused without a problem');
  return new GoogleError(first.status, first.message, { reason: 'badRequest' });
}

/** Members that the policy names already may stay, or else it could not be edited once an account of it is deleted. */
async function requireMembers(accepted: Accepted, context: PolicyContext): Promise<void> {
  const known = new Set(membersIn(context.stored));
  const added = new Set(membersIn(accepted).filter((member) => !known.has(member)));
  for (const member of added) await requireMember(member, context);
}

function membersIn({ bindings, auditConfigs = [] }: Pick<Policy, 'bindings' | 'auditConfigs'>): string[] {
  const exempted = auditConfigs.flatMap((config) => config.auditLogConfigs);
  return [
    ...bindings.flatMap(({ members }) => members),
    ...exempted.flatMap(({ exemptedMembers }) => exemptedMembers),
  ];
}

/**
 * Users need no registration; service accounts, groups and workload identity pools must exist.
 * @throws GoogleError INVALID_ARGUMENT in IAM's words
 */
export async function requireMember(text: string, directory: Directory): Promise<void> {
  const member = parseMember(text);
  // GKE's `P.svc.id.goog[NAMESPACE/NAME]` has no address.
  if (member?.kind === 'serviceAccount' && member.id.includes('@')) {
    if (!(await directory.accountExists(member.id))) throw nobody(`Service account ${member.id}`);
  } else if (member?.kind === 'group' && !(await directory.groupExists(member.id))) {
    throw nobody(`Group ${member.id}`);
  }
  await requirePool(text, directory);
}

/**
 * The workload identity pool that a text names must be there; a workforce's is nothing that a plane could know of.
 * @param text a member, a principal of a deny policy, or a principal set that a boundary is bound to
 * @throws GoogleError INVALID_ARGUMENT in IAM's words
 */
export async function requirePool(
  text: string,
  { poolExists }: Pick<Directory, 'poolExists'>,
): Promise<void> {
  const pool = workloadPoolOf(text);
  if (pool === undefined || (await poolExists(pool))) return;
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Identity Pool does not exist (${splitResource(pool).path}). Please check that you specified a valid resource ` +
      'name as returned in the `name` attribute in the configuration API.',
    { reason: 'badRequest' },
  );
}

const nobody = (who: string) =>
  new GoogleError('INVALID_ARGUMENT', `${who} does not exist.`, { reason: 'badRequest' });
