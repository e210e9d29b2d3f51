import { invalidArgument } from '../google/index.js';
import {
  type CompiledPolicy,
  compilePolicy,
  type Decision,
  type DenyLevel,
  decide,
  type GroupDirectory,
  groupDirectory,
  isGranted,
  knownPermissions,
  type Policy,
  type PolicyLevel,
  predefinedRoles,
  type Question,
  type RoleCatalogue,
} from '../iam/index.js';
import {
  folderName,
  type Principal,
  parentInProject,
  policyHolder,
  projectOf,
  type ResourceName,
} from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { EMPTY_POLICY, newPolicy, withGrants } from './bindings.js';
import { checkPolicy } from './check-policy.js';
import { DENY_POLICIES, mayHaveDenyPolicies, StoredDenyPolicies } from './deny-policies.js';
import { concurrentChange, sameEtag } from './etags.js';
import { StoredProjects } from './projects.js';
import type { AccessControl, Grant, PolicyAcceptance, PolicyUpdate, StoredPolicy } from './types.js';
import { isUsable } from './usable.js';
import { type Kept, WatchedRows } from './watched-rows.js';

export interface AccessOptions {
  readonly store: Store;
  /** Google's predefined roles when left out. */
  readonly roles?: RoleCatalogue;
  /** Is there a service account, or a service agent, with this address? Policies may name no other. */
  readonly accountExists: (email: string) => Promise<boolean>;
}

const POLICIES = 'policies/';
const GROUPS = 'groups/';
const FOLDERS = 'folders/';
/** Folders nest ten deep at most (https://cloud.google.com/resource-manager/docs/limits). */
const MAX_ANCESTORS = 12;
/** As many resources' levels are kept as a busy plane has resources; beyond it they are simply put together anew. */
const MAX_LEVELS = 20_000;

/** Everything that decides about a resource: its levels, and those of them that have deny policies. */
interface Hierarchy {
  /** The resource, its project by id. */
  readonly resource: ResourceName;
  /** Of the project that it lies in; undefined outside projects, and in one that is not there. */
  readonly projectNumber: string | undefined;
  readonly levels: readonly PolicyLevel[];
  /** Undefined where no deny policy is attached. */
  readonly deny: readonly DenyLevel[] | undefined;
}

interface CachedPolicy {
  readonly policy: Policy;
  readonly compiled: CompiledPolicy;
}

/** The access control of one plane, over its store. */
export function openAccess(options: AccessOptions): AccessControl {
  return new StoredAccess(options);
}

class StoredAccess implements AccessControl {
  readonly projects: StoredProjects;
  readonly roles: RoleCatalogue;
  readonly denyPolicies: StoredDenyPolicies;
  readonly #store: Store;
  readonly #accountExists: (email: string) => Promise<boolean>;
  readonly #policies: WatchedRows<CachedPolicy>;
  readonly #folders: WatchedRows<{ readonly parent?: string }>;
  readonly #untouched: CompiledPolicy;
  /** By the name that was asked for; forgotten whenever a policy or a parent changes. */
  readonly #hierarchies = new Map<string, Hierarchy>();
  #changes = 0;
  #groups: GroupDirectory | undefined;
  #groupChanges = 0;

  constructor({ store, roles = predefinedRoles, accountExists }: AccessOptions) {
    this.roles = roles;
    this.#store = store;
    this.#accountExists = accountExists;
    this.#untouched = compilePolicy(EMPTY_POLICY, roles);
    const changed = () => {
      this.#changes++;
      this.#hierarchies.clear();
    };
    this.projects = new StoredProjects(store, changed);
    this.denyPolicies = new StoredDenyPolicies({
      store,
      projects: this.projects,
      accountExists,
      groupExists: (email) => this.#groupExists(email),
      changed,
    });
    this.#folders = new WatchedRows(store, FOLDERS, (value) => value as { parent?: string }, changed);
    this.#policies = new WatchedRows(
      store,
      POLICIES,
      (value) => {
        const policy = value as Policy;
        return { policy, compiled: compilePolicy(policy, roles) };
      },
      changed,
    );
    store.watch(GROUPS, () => {
      this.#groupChanges++;
      this.#groups = undefined;
    });
  }

  async groups(): Promise<GroupDirectory> {
    if (this.#groups) return this.#groups;
    const before = this.#groupChanges;
    const rows = await this.#store.list<readonly string[]>(GROUPS);
    const directory = groupDirectory(
      Object.fromEntries(rows.map((row) => [row.key.slice(GROUPS.length), row.value])),
    );
    if (before === this.#groupChanges) this.#groups = directory;
    return directory;
  }

  async levels(resource: ResourceName): Promise<readonly PolicyLevel[]> {
    return (await this.#hierarchy(resource)).levels;
  }

  async #hierarchy(resource: ResourceName): Promise<Hierarchy> {
    const kept = this.#hierarchies.get(resource);
    if (kept) return kept;
    const before = this.#changes;
    const name = await this.projects.canonical(resource);
    const found: Hierarchy = (await this.#isShutDown(name))
      ? {
          resource: name,
          projectNumber: undefined,
          levels: [{ resource: policyHolder(name), policy: this.#untouched }],
          deny: undefined,
        }
      : await this.#readHierarchy(name);
    if (before === this.#changes) {
      if (this.#hierarchies.size >= MAX_LEVELS) this.#hierarchies.clear();
      this.#hierarchies.set(resource, found);
    }
    return found;
  }

  async #readHierarchy(name: ResourceName): Promise<Hierarchy> {
    const levels: PolicyLevel[] = [];
    const deny: DenyLevel[] = [];
    for (const level of await this.#lineage(name)) {
      const row = await this.#policies.get(level);
      levels.push({ resource: level, policy: row?.value.compiled ?? this.#untouched });
      if (!mayHaveDenyPolicies(level)) continue;
      const policies = (await this.denyPolicies.row(level))?.value.compiled;
      if (policies) deny.push({ resource: level, policies });
    }
    const project = projectOf(name);
    return {
      resource: name,
      projectNumber: project === undefined ? undefined : (await this.projects.get(project))?.number,
      levels,
      deny: deny.length > 0 ? deny : undefined,
    };
  }

  /** Does the resource lie in a project that is marked for deletion? */
  async #isShutDown(resource: ResourceName): Promise<boolean> {
    if (parentInProject(resource) === undefined) return false;
    const project = await this.projects.get(projectOf(resource) ?? '');
    return project !== undefined && !isUsable(project);
  }

  /** The resource, its project, and the project's folders and organization. */
  async #lineage(resource: ResourceName): Promise<ResourceName[]> {
    const lineage = [policyHolder(resource)];
    const project = parentInProject(resource);
    if (project !== undefined) lineage.push(project);
    const id = projectOf(resource);
    let parent =
      id === undefined ? await this.#parentOfFolder(resource) : (await this.projects.get(id))?.parent;
    while (parent !== undefined && lineage.length < MAX_ANCESTORS) {
      const name: ResourceName = `//cloudresourcemanager.googleapis.com/${parent}`;
      lineage.push(name);
      parent = await this.#parentOfFolder(name);
    }
    return lineage;
  }

  async #parentOfFolder(name: ResourceName): Promise<string | undefined> {
    const prefix = folderName('');
    if (!name.startsWith(prefix)) return undefined;
    return (await this.#folders.get(name.slice(prefix.length)))?.value.parent;
  }

  async #question(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
  ): Promise<Question> {
    const { resource: name, projectNumber, levels, deny } = await this.#hierarchy(resource);
    const groups = this.#groups ?? (await this.groups());
    return {
      principal,
      permission,
      resource: name,
      levels,
      groups,
      time,
      ...(deny ? { deny } : {}),
      ...(projectNumber === undefined ? {} : { projectNumber }),
    };
  }

  async isGranted(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
  ): Promise<boolean> {
    return isGranted(await this.#question(principal, permission, resource, time));
  }

  async decide(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
  ): Promise<Decision> {
    return decide(await this.#question(principal, permission, resource, time));
  }

  async held(
    principal: Principal,
    permissions: readonly string[],
    resource: ResourceName,
    time: Date,
  ): Promise<string[]> {
    if (permissions.length > 100) {
      throw invalidArgument(`At most 100 permissions can be tested at once; got ${permissions.length}.`);
    }
    for (const permission of permissions) {
      if (!knownPermissions.has(permission)) {
        throw invalidArgument(`Permission ${permission} is not valid for this resource.`);
      }
    }
    const held: string[] = [];
    for (const permission of new Set(permissions)) {
      if (await this.isGranted(principal, permission, resource, time)) held.push(permission);
    }
    return held;
  }

  async policy(resource: ResourceName): Promise<StoredPolicy> {
    const row = await this.#row(resource);
    return { policy: row?.value.policy ?? EMPTY_POLICY, version: row?.version ?? 0 };
  }

  async #row(resource: ResourceName): Promise<Kept<CachedPolicy> | undefined> {
    return this.#policies.get(await this.projects.canonical(resource));
  }

  async setPolicy(
    resource: ResourceName,
    update: PolicyUpdate,
    _time: Date,
    accept?: PolicyAcceptance,
  ): Promise<Policy> {
    const name = await this.projects.canonical(resource);
    const stored = await this.policy(name);
    const bindings = await checkPolicy(update, {
      resource: name,
      stored: stored.policy,
      roles: this.roles,
      accountExists: this.#accountExists,
      groupExists: (email) => this.#groupExists(email),
    });
    const guarded = update.etag !== undefined;
    if (guarded && !sameEtag(update.etag ?? '', stored.policy.etag)) throw concurrentChange();
    accept?.(stored.policy.bindings, bindings);
    const policy = newPolicy(bindings);
    const write: Write = { op: 'put', key: POLICIES + name, value: policy };
    try {
      await this.#store.commit([guarded ? { ...write, ifVersion: stored.version } : write]);
    } catch (error) {
      if (error instanceof VersionConflict) throw concurrentChange();
      throw error;
    }
    return policy;
  }

  async #groupExists(email: string): Promise<boolean> {
    return (await this.#store.get(GROUPS + email)) !== undefined;
  }

  async preconditions(resources: readonly ResourceName[]): Promise<Write[]> {
    const names = new Set<ResourceName>();
    for (const resource of resources) {
      for (const { resource: name } of await this.levels(resource)) names.add(name);
    }
    const checks: Write[] = [];
    for (const name of names) {
      const row = await this.#policies.get(name);
      checks.push({ op: 'check', key: POLICIES + name, ifVersion: row?.version ?? 0 });
      if (!mayHaveDenyPolicies(name)) continue;
      const denials = await this.denyPolicies.row(name);
      checks.push({ op: 'check', key: DENY_POLICIES + name, ifVersion: denials?.version ?? 0 });
    }
    return checks;
  }

  removal(resource: ResourceName): Write {
    return { op: 'delete', key: POLICIES + resource };
  }

  grantWrite(resource: ResourceName, role: string, member: string): Promise<Write> {
    return this.grantsWrite(resource, [{ role, member }]);
  }

  async grantsWrite(resource: ResourceName, grants: readonly Grant[]): Promise<Write> {
    const name = await this.projects.canonical(resource);
    const { policy, version } = await this.policy(name);
    const granted = withGrants(policy, grants);
    const key = POLICIES + name;
    return granted
      ? { op: 'put', key, value: granted, ifVersion: version }
      : { op: 'check', key, ifVersion: version };
  }
}
