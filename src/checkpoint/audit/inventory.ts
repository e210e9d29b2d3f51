/** Everything known of an estate, in memory and at once: what an audit asks, which has no time to wait for answers. */
import type { DenyRules, EffectiveTag, GroupDirectory, Policy, Role } from '../../iam/index.js';
import type { ImageReference, ResourceName, RunKind } from '../../names/index.js';
import type { RequestedSecret } from '../check-request.js';
import type {
  Absent,
  AccountFacts,
  BoundaryFacts,
  CustomerFacts,
  Known,
  ProjectFacts,
  RepositoryFacts,
  RunResourceFacts,
} from '../source/types.js';
import type { ManifestFact, SecretFact } from '../types.js';

/** A service, job or worker pool, as far as its next deploy asks. */
export interface InventoryRun extends RunResourceFacts {
  /** With its project by id. */
  readonly resource: ResourceName;
  readonly kind: RunKind;
  /** The id. */
  readonly project: string;
  readonly location: string;
  /** The last segment of its name. */
  readonly name: string;
  readonly secrets: readonly RequestedSecret[];
}

/** The groups of an estate. What of them could not be read is neither yes nor no. */
export interface InventoryGroups extends GroupDirectory {
  /** The users and service accounts in a group, directly or not; undefined when they are not all known. */
  membersOf(group: string): readonly string[] | undefined;
  /** Why a group's members are not known; asked of groups that are not readable alone. */
  why(group: string): string;
}

/** Which bindings are looked at. */
export type BindingFilter = (role: string, isConditional: boolean) => boolean;

/**
 * An estate in memory. It answers what a Source answers, at once, and lists what is there. What was not told to it is
 * Unknown, whose `why` says what to add (a content type of an export, a file of groups); absent is what certainly is
 * not there. Policies that say the same may be one object: then they are compiled once.
 */
export interface Inventory {
  /** For people, e.g. `assets.json`. */
  readonly name: string;
  project(idOrNumber: string): Known<ProjectFacts | Absent>;
  /** @param matters other bindings may be left out; all are wanted where it is */
  policy(resource: ResourceName, matters?: BindingFilter): Known<Policy | Absent>;
  denyPolicies(resource: ResourceName): Known<readonly DenyRules[]>;
  /** What a folder lies in, nearest first; nothing for an organization. */
  above(container: ResourceName): Known<readonly ResourceName[]>;
  /** @param place a project's id, or `organizations/N` */
  boundaries(place: string): Known<BoundaryFacts>;
  role(name: string): Known<Role | Absent>;
  readonly groups: InventoryGroups;
  tags(resource: ResourceName): Known<readonly EffectiveTag[]>;
  apiEnabled(project: string, api: string): Known<boolean>;
  account(email: string): Known<AccountFacts | Absent>;
  customers(email: string): Known<readonly CustomerFacts[]>;
  repository(resource: ResourceName): Known<RepositoryFacts | Absent>;
  manifest(image: ImageReference, platform: string): ManifestFact;
  secret(resource: ResourceName, version: string): SecretFact;
  runResource(resource: ResourceName): Known<RunResourceFacts | Absent>;
  /** True where the predefined roles may be others than the catalogue's: then role() is asked for them as well. */
  readonly ownRoles?: boolean;
  /** Every Cloud Run resource, those of one project one after the other. */
  readonly runs: readonly InventoryRun[];
}
