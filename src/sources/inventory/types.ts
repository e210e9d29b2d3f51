/** What an inventory is made of: plain facts, and what is known not to be among them. */
import type {
  AccountFacts,
  BindingFilter,
  BoundaryFacts,
  InventoryRun,
  ProjectFacts,
  RepositoryFacts,
  Unknown,
} from '../../checkpoint/index.js';
import type { DenyRules, EffectiveTag, Policy, Role } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';

export type { Inventory, InventoryRun } from '../../checkpoint/index.js';

/** What somebody may ask an inventory for, and not find. */
export type InventoryPart =
  | 'project'
  | 'container'
  | 'policy'
  | 'deny-policies'
  | 'boundaries'
  | 'role'
  | 'members'
  | 'tags'
  | 'api'
  | 'account'
  | 'customers'
  | 'repository'
  | 'image'
  | 'secret'
  | 'run-resource';

export type SecretVersionState = 'ENABLED' | 'DISABLED' | 'DESTROYED';

export interface ImageFacts {
  /** e.g. `linux/amd64`; undefined where it is not said what it runs on. */
  readonly platforms: readonly string[] | undefined;
  readonly mediaType: string;
}

/** A policy that is put together when it is asked for: few of a large estate ever are, and of these few bindings. */
export interface KeptPolicy {
  whole(): Policy;
  /** With the bindings that matter alone; undefined where there are none. */
  only(matters: BindingFilter): Policy | undefined;
}

/** Policies by whose they are; a map is one. */
export interface KeptPolicies {
  get(resource: ResourceName): Policy | KeptPolicy | undefined;
  keys(): Iterable<ResourceName>;
}

/** The facts of an estate. Resource names spell projects by their ids. */
export interface InventoryContents {
  readonly name: string;
  readonly projects: Iterable<ProjectFacts>;
  readonly policies: KeptPolicies;
  /** By the project, folder or organization that they are attached to. */
  readonly denyPolicies: ReadonlyMap<ResourceName, readonly DenyRules[]>;
  readonly boundaries: BoundaryFacts;
  /** Custom roles, and predefined ones that the catalogue lacks. */
  readonly roles: ReadonlyMap<string, Role>;
  /** A group's address → its members. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** A resource's own tags and those that it inherits. */
  readonly tags: Found<ResourceName, readonly EffectiveTag[]>;
  /** The id of a project → its enabled APIs. */
  readonly apis: ReadonlyMap<string, ReadonlySet<string>>;
  /** By address; service agents too. */
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  readonly repositories: ReadonlyMap<ResourceName, RepositoryFacts>;
  /** References as repositories hold them, `HOST/PROJECT/REPOSITORY/IMAGE@DIGEST` and `…:TAG`. */
  readonly images: ReadonlyMap<string, ImageFacts>;
  /** A secret → its versions by number or alias. */
  readonly secrets: ReadonlyMap<ResourceName, ReadonlyMap<string, SecretVersionState>>;
  readonly runs: readonly InventoryRun[];
  /**
   * Why it is not known whether there is such a thing, of one that was not found; undefined when there certainly is
   * none.
   * @param where the resource's name, the id of a project, an address, a role, a group: what was asked for
   */
  readonly missing: (part: InventoryPart, where: string) => Unknown | undefined;
}

/** Facts that are found when they are asked for; a map is one. */
interface Found<K, V> {
  get(key: K): V | undefined;
}

/** As much of the facts as answers: what can be listed of them need not be. */
export interface AskedContents
  extends Omit<InventoryContents, 'policies' | 'apis' | 'repositories' | 'secrets'> {
  readonly policies: Pick<KeptPolicies, 'get'>;
  readonly apis: Found<string, ReadonlySet<string>>;
  readonly repositories: Found<ResourceName, RepositoryFacts>;
  readonly secrets: Found<ResourceName, ReadonlyMap<string, SecretVersionState>>;
}
