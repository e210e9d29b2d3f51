/** What decides about a resource: its levels with their policies, put together once and kept until one changes. */
import type { DenyLevel, EffectiveTag, PolicyLevel } from '../iam/index.js';
import {
  folderName,
  parentInProject,
  policyHolder,
  projectOf,
  type ResourceName,
  splitResource,
} from '../names/index.js';
import { mayHaveDenyPolicies, type StoredDenyPolicies } from './deny-policies.js';
import type { StoredFolders } from './folders.js';
import type { StoredPolicies } from './policies.js';
import type { StoredProjects } from './projects.js';
import type { BoundTag } from './tag-types.js';
import { NO_TAGS, type StoredTags } from './tags.js';
import type { Folder } from './types.js';
import { isUsable } from './usable.js';

/**
 * A resource, its project, folders and an organization. "the full active + deleted folder hierarchy is allowed to
 * reach a height of 20" (google.cloud.resourcemanager.v3.Folders.CreateFolder).
 */
const MAX_LINEAGE = 2 + 20 + 1;
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
  /** The resource's own tags and those that it inherits; always the same list for none. */
  readonly tags: readonly EffectiveTag[];
}

export interface HierarchyDeps {
  readonly projects: StoredProjects;
  readonly folders: StoredFolders;
  readonly policies: StoredPolicies;
  readonly denyPolicies: StoredDenyPolicies;
  readonly tags: StoredTags;
  /** Has everything forgotten that time has made stale; left out where nothing takes time. */
  readonly settle?: () => void;
}

export class Hierarchies {
  readonly #deps: HierarchyDeps;
  /** By the name that was asked for; forgotten whenever a policy or a parent changes. */
  readonly #kept = new Map<string, Hierarchy>();
  #changes = 0;

  constructor(deps: HierarchyDeps) {
    this.#deps = deps;
  }

  /** To be called when anything has changed that a hierarchy is made of. */
  forget(): void {
    this.#changes++;
    this.#kept.clear();
  }

  async of(resource: ResourceName): Promise<Hierarchy> {
    this.#deps.settle?.();
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
    return {
      resource: name,
      projectNumber: undefined,
      levels,
      deny: undefined,
      asksFacts: false,
      tags: NO_TAGS,
    };
  }

  async #read(name: ResourceName): Promise<Hierarchy> {
    const { policies, denyPolicies, projects, tags } = this.#deps;
    const inherited: ResourceName[] = [];
    const levels: PolicyLevel[] = [];
    const deny: DenyLevel[] = [];
    let asksFacts = false;
    for (const resource of await this.lineage(name)) {
      if (resource !== name && (await this.#isDeletedFolder(resource))) {
        levels.push({ resource, policy: policies.untouched });
        continue;
      }
      inherited.push(resource);
      const policy = await policies.compiled(resource);
      levels.push({ resource, policy });
      asksFacts ||= policy.hasSets;
      if (!mayHaveDenyPolicies(resource)) continue;
      const denials = await denyPolicies.compiled(resource);
      if (denials) deny.push({ resource, policies: denials });
    }
    const project = projectOf(name);
    return {
      resource: name,
      projectNumber: project === undefined ? undefined : (await projects.get(project))?.number,
      levels,
      deny: deny.length > 0 ? deny : undefined,
      asksFacts: asksFacts || deny.length > 0,
      tags: tagsOf(await tags.effectiveIn(inherited)),
    };
  }

  /** Does the resource lie in a project that is marked for deletion? */
  async #isShutDown(resource: ResourceName): Promise<boolean> {
    if (parentInProject(resource) === undefined) return false;
    const project = await this.#deps.projects.get(projectOf(resource) ?? '');
    return project !== undefined && !isUsable(project);
  }

  async #isDeletedFolder(name: ResourceName): Promise<boolean> {
    const folder = await this.#folder(name);
    return folder !== undefined && !isUsable(folder);
  }

  /**
   * The resource, its project, and the project's folders and organization; of a tag, what it is defined in.
   * @param resource by its canonical name
   */
  async lineage(resource: ResourceName): Promise<ResourceName[]> {
    const lineage = [policyHolder(resource)];
    const project = parentInProject(resource);
    if (project !== undefined) lineage.push(project);
    let parent = await this.#parentOf(project ?? resource);
    while (parent !== undefined && lineage.length < MAX_LINEAGE) {
      const name: ResourceName = `//cloudresourcemanager.googleapis.com/${parent}`;
      lineage.push(name);
      parent = await this.#parentOf(name);
    }
    return lineage;
  }

  /** What a project, folder or tag lies in, e.g. `folders/1`. */
  async #parentOf(name: ResourceName): Promise<string | undefined> {
    const project = projectOf(name);
    if (project !== undefined) return (await this.#deps.projects.get(project))?.parent;
    const { path } = splitResource(name);
    if (path.startsWith('tag')) return this.#deps.tags.parentOf(path);
    return (await this.#folder(name))?.parent;
  }

  async #folder(name: ResourceName): Promise<Folder | undefined> {
    const prefix = folderName('');
    return name.startsWith(prefix) ? this.#deps.folders.get(name.slice(prefix.length)) : undefined;
  }
}

function tagsOf(bound: readonly BoundTag[]): readonly EffectiveTag[] {
  return bound.length === 0 ? NO_TAGS : bound.map(({ tag }) => tag);
}
