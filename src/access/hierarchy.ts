/** What decides about a resource: its levels with their policies, put together once and kept until one changes. */
import type { DenyLevel, PolicyLevel } from '../iam/index.js';
import { folderName, parentInProject, policyHolder, projectOf, type ResourceName } from '../names/index.js';
import type { Store } from '../store/index.js';
import { mayHaveDenyPolicies, type StoredDenyPolicies } from './deny-policies.js';
import type { StoredPolicies } from './policies.js';
import type { StoredProjects } from './projects.js';
import { isUsable } from './usable.js';
import { WatchedRows } from './watched-rows.js';

const FOLDERS = 'folders/';
/** Folders nest ten deep at most (https://cloud.google.com/resource-manager/docs/limits). */
const MAX_ANCESTORS = 12;
/** As many resources' levels are kept as a busy plane has resources; beyond it they are simply put together anew. */
const MAX_LEVELS = 20_000;

/** Everything that decides about a resource: its levels, and those of them that have deny policies. */
export interface Hierarchy {
  /** The resource, its project by id. */
  readonly resource: ResourceName;
  /** Of the project that it lies in; undefined outside projects, and in one that is not there. */
  readonly projectNumber: string | undefined;
  readonly levels: readonly PolicyLevel[];
  /** Undefined where no deny policy is attached. */
  readonly deny: readonly DenyLevel[] | undefined;
  /** True when a policy names a set whose members only the principal's facts tell. */
  readonly asksFacts: boolean;
}

export interface HierarchyDeps {
  readonly store: Store;
  readonly projects: StoredProjects;
  readonly policies: StoredPolicies;
  readonly denyPolicies: StoredDenyPolicies;
}

export class Hierarchies {
  readonly #deps: HierarchyDeps;
  readonly #folders: WatchedRows<{ readonly parent?: string }>;
  /** By the name that was asked for; forgotten whenever a policy or a parent changes. */
  readonly #kept = new Map<string, Hierarchy>();
  #changes = 0;

  constructor(deps: HierarchyDeps) {
    this.#deps = deps;
    this.#folders = new WatchedRows(
      deps.store,
      FOLDERS,
      (value) => value as { parent?: string },
      () => this.forget(),
    );
  }

  /** To be called when anything has changed that a hierarchy is made of. */
  forget(): void {
    this.#changes++;
    this.#kept.clear();
  }

  async of(resource: ResourceName): Promise<Hierarchy> {
    const kept = this.#kept.get(resource);
    if (kept) return kept;
    const before = this.#changes;
    const name = await this.#deps.projects.canonical(resource);
    const found = (await this.#isShutDown(name)) ? this.#shutDown(name) : await this.#read(name);
    if (before === this.#changes) {
      if (this.#kept.size >= MAX_LEVELS) this.#kept.clear();
      this.#kept.set(resource, found);
    }
    return found;
  }

  #shutDown(name: ResourceName): Hierarchy {
    const levels = [{ resource: policyHolder(name), policy: this.#deps.policies.untouched }];
    return { resource: name, projectNumber: undefined, levels, deny: undefined, asksFacts: false };
  }

  async #read(name: ResourceName): Promise<Hierarchy> {
    const { policies, denyPolicies, projects } = this.#deps;
    const levels: PolicyLevel[] = [];
    const deny: DenyLevel[] = [];
    let asksFacts = false;
    for (const resource of await this.lineage(name)) {
      const policy = await policies.compiled(resource);
      levels.push({ resource, policy });
      asksFacts ||= policy.hasSets;
      if (!mayHaveDenyPolicies(resource)) continue;
      const denials = (await denyPolicies.row(resource))?.value.compiled;
      if (denials) deny.push({ resource, policies: denials });
    }
    const project = projectOf(name);
    return {
      resource: name,
      projectNumber: project === undefined ? undefined : (await projects.get(project))?.number,
      levels,
      deny: deny.length > 0 ? deny : undefined,
      asksFacts: asksFacts || deny.length > 0,
    };
  }

  /** Does the resource lie in a project that is marked for deletion? */
  async #isShutDown(resource: ResourceName): Promise<boolean> {
    if (parentInProject(resource) === undefined) return false;
    const project = await this.#deps.projects.get(projectOf(resource) ?? '');
    return project !== undefined && !isUsable(project);
  }

  /** The resource, its project, and the project's folders and organization. @param resource by its canonical name */
  async lineage(resource: ResourceName): Promise<ResourceName[]> {
    const lineage = [policyHolder(resource)];
    const project = parentInProject(resource);
    if (project !== undefined) lineage.push(project);
    const id = projectOf(resource);
    let parent =
      id === undefined ? await this.#parentOfFolder(resource) : (await this.#deps.projects.get(id))?.parent;
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
}
