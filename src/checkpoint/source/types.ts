/** What a source of facts answers: each thing by itself, or why it cannot be known. */
import type {
  BoundaryBinding,
  BoundaryPolicy,
  DenyRules,
  EffectiveTag,
  Policy,
  Role,
} from '../../iam/index.js';
import type { ImageReference, ResourceName, SignedIn } from '../../names/index.js';
import type { ManifestFact, SecretFact, Unknown } from '../types.js';

/** A fact, or why no source could give it. */
export type Known<T> = T | Unknown;

/** There is no such thing. What a source may not see is `Unknown` instead. */
export type Absent = 'absent';

export interface ProjectFacts {
  readonly projectId: string;
  /** Undefined for a project that is planned, and has none yet. */
  readonly number?: string;
  /** Its folders and its organization, nearest first; empty for a project without an organization. */
  readonly above: Known<readonly ResourceName[]>;
  /** False for one that is shut down: nothing can be deployed in it, and nobody may do anything with what lies in it. */
  readonly active: boolean;
}

export interface AccountFacts {
  /** The id of the project it lies in; for a service agent, of the project that it acts for. */
  readonly project: string;
  readonly isAgent: boolean;
  readonly disabled: boolean;
}

/** A repository of Artifact Registry. Upstreams outside it, such as Docker Hub, ask nobody for a permission. */
export interface RepositoryFacts {
  readonly mode: 'standard' | 'remote' | 'virtual';
  /** The repositories of Artifact Registry that a virtual or remote one reads, in the order of their priority. */
  readonly upstreams: readonly ResourceName[];
  /** The secret with the password that a remote repository signs in with at its upstream. */
  readonly credentials?: ResourceName;
}

/** A service, job or worker pool that is there already. */
export interface RunResourceFacts {
  /** The runtime service account's address; undefined where the template names none. */
  readonly serviceAccount?: string;
  /** One per container, as written. */
  readonly images: readonly string[];
  /** Of a service that is open to everybody without a check of invokers; left out where it is not. */
  readonly invokerIamDisabled?: boolean;
}

export interface CustomerFacts {
  /** e.g. `C01Abc35` */
  readonly customer: string;
  /** e.g. `organizations/123456789012` */
  readonly organization: string;
}

/** All principal access boundary policies, and what they are bound to. */
export interface BoundaryFacts {
  readonly policies: readonly BoundaryPolicy[];
  readonly bindings: readonly BoundaryBinding[];
}

/**
 * Where a check gets its facts: a plane, Google Cloud, a Terraform plan laid over another source, an export. Every
 * answer is read once per check; a source may keep what it has read. None throws for what it may not read or cannot
 * reach: that is an Unknown, whose `why` names the permission that the asker lacks, or what failed. Resource names
 * spell projects by their ids.
 */
export interface Source {
  /** For people, e.g. `the plane at http://127.0.0.1:8750`, `Google Cloud`, `assets.json`. */
  readonly name: string;
  /** True where the predefined roles may be others than the catalogue's: then role() is asked for them as well. */
  readonly ownRoles?: boolean;
  project(idOrNumber: string): Promise<Known<ProjectFacts | Absent>>;
  /** The resource's own allow policy, empty where it was never set. `absent` when there is no such resource. */
  policy(resource: ResourceName): Promise<Known<Policy | Absent>>;
  /** Attached to this project, folder or organization. */
  denyPolicies(resource: ResourceName): Promise<Known<readonly DenyRules[]>>;
  /** What a folder lies in, nearest first; nothing for an organization. */
  above(container: ResourceName): Promise<Known<readonly ResourceName[]>>;
  /**
   * Those that may concern what lies in a project or an organization.
   * @param place the project's id, or `organizations/N`
   */
  boundaries(place: string): Promise<Known<BoundaryFacts>>;
  /** A custom role, or a predefined one that the catalogue does not have. */
  role(name: string): Promise<Known<Role | Absent>>;
  /**
   * In which of these groups a principal is, directly or through other groups.
   * @param groups as members, `group:…`; every one of them is answered
   */
  memberships(principal: SignedIn, groups: readonly string[]): Promise<ReadonlyMap<string, Known<boolean>>>;
  /** The resource's own tags and those that it inherits. */
  tags(resource: ResourceName): Promise<Known<readonly EffectiveTag[]>>;
  apiEnabled(project: string, api: string): Promise<Known<boolean>>;
  /** A service account or a service agent. */
  account(email: string): Promise<Known<AccountFacts | Absent>>;
  /** The Cloud Identity or Workspace customers that a user belongs to. */
  customers(email: string): Promise<Known<readonly CustomerFacts[]>>;
  repository(resource: ResourceName): Promise<Known<RepositoryFacts | Absent>>;
  /** What a pull of the reference for the platform would find, permissions aside. */
  manifest(image: ImageReference, platform: string): Promise<ManifestFact>;
  secret(resource: ResourceName, version: string): Promise<SecretFact>;
  runResource(resource: ResourceName): Promise<Known<RunResourceFacts | Absent>>;
}
