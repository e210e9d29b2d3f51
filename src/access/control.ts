import { aborted, type GoogleError, invalidArgument } from '../google/index.js';
import {
  type CompiledPolicy,
  compilePolicy,
  type Decision,
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
  isProjectNumber,
  type Principal,
  parentInProject,
  projectOf,
  type ResourceName,
} from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { EMPTY_POLICY, newPolicy, withGrants } from './bindings.js';
import { checkPolicy } from './check-policy.js';
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
  readonly #store: Store;
  readonly #accountExists: (email: string) => Promise<boolean>;
  readonly #policies: WatchedRows<CachedPolicy>;
  readonly #folders: WatchedRows<{ readonly parent?: string }>;
  readonly #untouched: CompiledPolicy;
  /** Levels by the name that was asked for; forgotten whenever a policy or a parent changes. */
  readonly #levels = new Map<string, readonly PolicyLevel[]>();
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
      this.#levels.clear();
    };
    this.projects = new StoredProjects(store, changed);
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
    const kept = this.#levels.get(resource);
    if (kept) return kept;
    const before = this.#changes;
    const name = await this.#normalize(resource);
    const levels: PolicyLevel[] = [];
    for (const level of (await this.#isShutDown(name)) ? [] : await this.#lineage(name)) {
      const row = await this.#policies.get(level);
      levels.push({ resource: level, policy: row?.value.compiled ?? this.#untouched });
    }
    if (levels.length === 0) levels.push({ resource: name, policy: this.#untouched });
    if (before === this.#changes) {
      if (this.#levels.size >= MAX_LEVELS) this.#levels.clear();
      this.#levels.set(resource, levels);
    }
    return levels;
  }

  /** Does the resource lie in a project that is marked for deletion? */
  async #isShutDown(resource: ResourceName): Promise<boolean> {
    if (parentInProject(resource) === undefined) return false;
    const project = await this.projects.get(projectOf(resource) ?? '');
    return project !== undefined && !isUsable(project);
  }

  /** The resource, its project, and the project's folders and organization. */
  async #lineage(resource: ResourceName): Promise<ResourceName[]> {
    const lineage = [resource];
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

  /** A project's number and its id name one resource; policies lie under the id. */
  async #normalize(resource: ResourceName): Promise<ResourceName> {
    const project = projectOf(resource);
    if (project === undefined || !isProjectNumber(project)) return resource;
    const id = await this.projects.idOf(project);
    return resource.replace(`/projects/${project}`, `/projects/${id}`) as ResourceName;
  }

  async #question(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
  ): Promise<Question> {
    const levels = await this.levels(resource);
    const groups = this.#groups ?? (await this.groups());
    return { principal, permission, resource: levels[0]?.resource ?? resource, levels, groups, time };
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
    return this.#policies.get(await this.#normalize(resource));
  }

  async setPolicy(
    resource: ResourceName,
    update: PolicyUpdate,
    _time: Date,
    accept?: PolicyAcceptance,
  ): Promise<Policy> {
    const name = await this.#normalize(resource);
    const stored = await this.policy(name);
    const bindings = await checkPolicy(update, {
      resource: name,
      stored: stored.policy,
      roles: this.roles,
      accountExists: this.#accountExists,
      groupExists: async (email) => (await this.#store.get(GROUPS + email)) !== undefined,
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

  async preconditions(resources: readonly ResourceName[]): Promise<Write[]> {
    const names = new Set<ResourceName>();
    for (const resource of resources) {
      for (const { resource: name } of await this.levels(resource)) names.add(name);
    }
    const checks: Write[] = [];
    for (const name of names) {
      const row = await this.#policies.get(name);
      checks.push({ op: 'check', key: POLICIES + name, ifVersion: row?.version ?? 0 });
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
    const name = await this.#normalize(resource);
    const { policy, version } = await this.policy(name);
    const granted = withGrants(policy, grants);
    const key = POLICIES + name;
    return granted
      ? { op: 'put', key, value: granted, ifVersion: version }
      : { op: 'check', key, ifVersion: version };
  }
}

/** Clients decode etags and encode them again, some in the URL-safe alphabet (gcloud): the bytes count. */
function sameEtag(one: string, other: string): boolean {
  return Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'));
}

/** https://cloud.google.com/iam/docs/retry-strategy#etag */
function concurrentChange(): GoogleError {
  return aborted(
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
  );
}
