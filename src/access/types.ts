/** Projects, their policies, and the answer to "may they?". */
import type {
  AuditLogType,
  Binding,
  CustomRoleDefinition,
  Decision,
  DenyRule,
  GroupDirectory,
  Policy,
  PolicyLevel,
  PrincipalFacts,
  ProposedAuditConfig,
  ProposedDenyPolicy,
  Question,
  Role,
  RoleCatalogue,
} from '../iam/index.js';
import type { Principal, RequestContext, ResourceName } from '../names/index.js';
import type { Write } from '../store/index.js';
import type { Boundaries } from './boundary-types.js';
import type { Tags } from './tag-types.js';

export interface Project {
  readonly projectId: string;
  readonly number: string;
  readonly name: string;
  readonly state: 'ACTIVE' | 'DELETE_REQUESTED';
  readonly createTime: string;
  /** When it was last changed; undefined for one that never was. */
  readonly updateTime?: string;
  /** When its deletion was asked for; undefined for one in use. */
  readonly deleteTime?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `folders/N` or `organizations/N`; undefined for a project of its own. */
  readonly parent?: string;
  /** Enabled APIs with the time of enabling. */
  readonly services: Readonly<Record<string, string>>;
}

/** Rows under `projects/ID`, and `project-numbers/NUMBER` → id. */
export interface Projects {
  /** By id or by number: the two are one resource. */
  get(idOrNumber: string): Promise<(Project & { readonly version: number }) | undefined>;
  list(): Promise<Project[]>;
  /** The writes that create a project; the commit fails when id or number is taken, by a deleted project too. */
  creation(project: Project): Write[];
  /** @throws VersionConflict */
  update(project: Project & { readonly version: number }): Write;
}

export interface Folder {
  /** The number after `folders/`. */
  readonly id: string;
  readonly displayName: string;
  /** `folders/N` or `organizations/N` */
  readonly parent: string;
  readonly state: 'ACTIVE' | 'DELETE_REQUESTED';
  readonly createTime: string;
  /** When it was last changed; undefined for one that never was. */
  readonly updateTime?: string;
  /** When its deletion was asked for; undefined for one in use. */
  readonly deleteTime?: string;
}

/** Rows under `folders/NUMBER`. Whether a folder may be where a write puts it is for the API to say. */
export interface Folders {
  get(id: string): Promise<(Folder & { readonly version: number }) | undefined>;
  /** All of them, those that are marked for deletion too. */
  list(): Promise<Folder[]>;
  /** @throws VersionConflict when committed, for a number that is taken */
  creation(folder: Folder): Write;
  /** @throws VersionConflict when committed */
  update(folder: Folder & { readonly version: number }): Write;
}

export interface Organization {
  /** The number after `organizations/`. */
  readonly id: string;
  /** The primary domain of the customer whose it is. */
  readonly domain?: string;
  /** The customer in Google Workspace or Cloud Identity, e.g. `C03az79cb`. */
  readonly customerId: string;
  readonly createTime: string;
}

/** Rows under `organizations/NUMBER`. */
export interface Organizations {
  get(id: string): Promise<(Organization & { readonly version: number }) | undefined>;
  list(): Promise<Organization[]>;
  creation(organization: Organization): Write;
  update(organization: Organization & { readonly version: number }): Write;
}

/** A stored policy with the row version that a transaction can put a precondition on (0: none stored). */
export interface StoredPolicy {
  readonly policy: Policy;
  readonly version: number;
}

/** Decisions over stored policies. `time` is the caller's clock. */
export interface AccessControl {
  readonly projects: Projects;
  readonly folders: Folders;
  readonly organizations: Organizations;
  /** The predefined roles, and custom ones once customRoles are ready. */
  readonly roles: RoleCatalogue;
  readonly customRoles: CustomRoles;
  /** The roles that decisions go by: where changes of custom ones take time, those in effect now. */
  rolesInEffect(): Promise<RoleCatalogue>;
  /** They are asked before any role is: in every decision, without being named. */
  readonly denyPolicies: DenyPolicies;
  /** So are these, before deny policies. */
  readonly boundaries: Boundaries;
  /** Keys and values of tags, and what they are attached to: conditions ask for them. */
  readonly tags: Tags;
  groups(): Promise<GroupDirectory>;
  /**
   * The resource's own level first, then its project, then the project's ancestors. In a project that is marked
   * for deletion no policy holds: its resources are one level without a binding. The project itself stays what it
   * was, so that those who may restore it can. So with folders: nothing is inherited from a deleted one.
   */
  levels(resource: ResourceName): Promise<readonly PolicyLevel[]>;
  /** All that decides about the permission: what isGranted() and decide() answer from, and explanations too. */
  question(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
    context?: RequestContext,
  ): Promise<Question>;
  /** Where a principal belongs; undefined for a service account of which the plane knows nothing. */
  facts(principal: Principal): Promise<PrincipalFacts | undefined>;
  isGranted(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
    context?: RequestContext,
  ): Promise<boolean>;
  /** The same with reasons. */
  decide(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
    context?: RequestContext,
  ): Promise<Decision>;
  /** The subset of the permissions that the principal holds: testIamPermissions. @throws INVALID_ARGUMENT for unknown ones */
  held(
    principal: Principal,
    permissions: readonly string[],
    resource: ResourceName,
    time: Date,
  ): Promise<string[]>;
  /** An empty policy (etag `ACAB`, version 1) when none is stored. */
  policy(resource: ResourceName): Promise<StoredPolicy>;
  /**
   * Validates and stores a policy: members, roles, conditions, limits, etag.
   * @param accept what else the API of the resource asks of a policy; throws its refusal
   * @throws GoogleError INVALID_ARGUMENT in IAM's words; ABORTED for a stale etag
   */
  setPolicy(
    resource: ResourceName,
    policy: PolicyUpdate,
    time: Date,
    accept?: PolicyAcceptance,
  ): Promise<Policy>;
  /** Does a call of the API (e.g. `run.googleapis.com`) on the resource leave an entry in the data access log? */
  isDataAccessLogged(
    principal: Principal,
    service: string,
    type: AuditLogType,
    resource: ResourceName,
  ): Promise<boolean>;
  /**
   * Checks for a transaction that depends on a decision: they fail it when a policy that decided (the resource's
   * own, its project's, its ancestors', the deny policies attached to these, and the boundaries) has changed since it was read, or
   * the project or a folder above it has.
   */
  preconditions(resources: readonly ResourceName[]): Promise<Write[]>;
  /** The write that removes a resource's policy. */
  removal(resource: ResourceName): Write;
  /** The writes that remove a resource's policy and its tags together with the resource. */
  removals(resource: ResourceName): readonly Write[];
  /** The write that adds a binding without an etag: what Google itself grants (owner, service agents). */
  grantWrite(resource: ResourceName, role: string, member: string): Promise<Write>;
  /**
   * The same for several grants on one resource: two grantWrites of one policy would refuse each other. A `check`
   * when the policy holds them all already.
   */
  grantsWrite(resource: ResourceName, grants: readonly Grant[]): Promise<Write>;
}

/** A role of a project or an organization, e.g. `projects/P/roles/deployer`: projects by id. */
export interface CustomRole extends Role {
  /** base64 */
  readonly etag: string;
  /** When it was deleted: it grants nothing since, and can be undeleted for 7 days. */
  readonly deleteTime?: string;
}

/** The custom roles. Parents are `projects/P`, by id or number, and `organizations/N`. */
export interface CustomRoles {
  /** Resolves when AccessControl.roles knows all of them, as it does from then on. */
  ready(): Promise<void>;
  /** Deleted ones too, as long as they can be undeleted. */
  find(name: string, time: Date): Promise<CustomRole | undefined>;
  /** By name; deleted ones too, as long as they can be undeleted. */
  list(parent: string, time: Date): Promise<readonly CustomRole[]>;
  /**
   * @throws GoogleError INVALID_ARGUMENT in IAM's words, NOT_FOUND for the project, ALREADY_EXISTS,
   *   FAILED_PRECONDITION for an id that was deleted less than 37 days ago, RESOURCE_EXHAUSTED
   */
  create(parent: string, id: string, definition: CustomRoleDefinition, time: Date): Promise<CustomRole>;
  /**
   * @param etag left out, whatever is there is changed
   * @throws GoogleError as create() does; NOT_FOUND, ABORTED for a stale etag
   */
  update(
    name: string,
    change: Partial<CustomRoleDefinition>,
    etag: string | undefined,
    time: Date,
  ): Promise<CustomRole>;
  /** @throws GoogleError NOT_FOUND, ABORTED; FAILED_PRECONDITION for one that is deleted already */
  remove(name: string, etag: string | undefined, time: Date): Promise<CustomRole>;
  /** @throws GoogleError NOT_FOUND, ABORTED, RESOURCE_EXHAUSTED; FAILED_PRECONDITION for one that is not deleted */
  restore(name: string, etag: string | undefined, time: Date): Promise<CustomRole>;
}

/** A deny policy as it is kept. */
export interface DenyPolicy {
  readonly id: string;
  readonly uid: string;
  /** Empty when the policy has none. */
  readonly displayName: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly rules: readonly DenyRule[];
  /** base64 */
  readonly etag: string;
  readonly createTime: string;
  readonly updateTime: string;
}

/** What a change does besides: the write that keeps its operation. Called with the policy as the change leaves it. */
export type WithPolicy = (policy: DenyPolicy) => readonly Write[];

/** The deny policies of projects, folders and organizations. Attachment points go by their full resource names. */
export interface DenyPolicies {
  /** A policy's name as answers have it: "Responses always contain the numeric ID" (google.iam.v2.Policy). */
  nameOf(attachment: ResourceName, id: string): Promise<string>;
  /** In the order of their ids. */
  list(attachment: ResourceName): Promise<readonly DenyPolicy[]>;
  /** @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED for what cannot be known here; ALREADY_EXISTS */
  create(
    attachment: ResourceName,
    id: string,
    proposed: ProposedDenyPolicy,
    time: Date,
    also: WithPolicy,
  ): Promise<DenyPolicy>;
  /**
   * Replaces the display name and the rules.
   * @param etag left out, whatever is there is replaced
   * @throws GoogleError as create() does; NOT_FOUND, ABORTED for a stale etag
   */
  update(
    attachment: ResourceName,
    id: string,
    proposed: ProposedDenyPolicy,
    etag: string | undefined,
    time: Date,
    also: WithPolicy,
  ): Promise<DenyPolicy>;
  /** @returns the policy as it was. @throws GoogleError NOT_FOUND, ABORTED for a stale etag */
  remove(
    attachment: ResourceName,
    id: string,
    etag: string | undefined,
    also: WithPolicy,
  ): Promise<DenyPolicy>;
}

/** One member given one role, without a condition. */
export interface Grant {
  readonly role: string;
  readonly member: string;
}

/** What the bindings are and what they are to become; throws when the resource must not have these. */
export type PolicyAcceptance = (before: readonly Binding[], after: readonly Binding[]) => void;

/** A policy as setIamPolicy sends it: parsed, not yet believed. */
export interface PolicyUpdate {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings: Policy['bindings'];
  /** Left out, the policy's own stay as they are. */
  readonly auditConfigs?: readonly ProposedAuditConfig[];
}
