/** What lies in projects, unfolded while it is asked for: one project is at hand, and of few others is anything asked. */
import type { Inventory, InventoryRun, Unknown } from '../../checkpoint/index.js';
import { projectOf, type ResourceName } from '../../names/index.js';
import type { AskedContents } from '../inventory/index.js';
import { inventoryOf } from '../inventory/inventory.js';
import { Collected } from './collect.js';
import { apisOf, brokenAt, type Noted, policiesOf, repositoriesOf, runsOf, secretsOf } from './estate.js';
import type { ProjectNames } from './names.js';
import type { ProjectAssets } from './postponed.js';

/** What is known of what lies in one project. */
interface Part extends Pick<AskedContents, 'policies' | 'apis' | 'repositories' | 'secrets'> {
  readonly runs: ReadonlyMap<ResourceName, InventoryRun>;
  /** What is there and cannot be read, by what it is and where. */
  readonly broken: ReadonlyMap<string, Unknown>;
}

const NOTHING: Part = {
  policies: new Map(),
  apis: new Map(),
  repositories: new Map(),
  secrets: new Map(),
  runs: new Map(),
  broken: new Map(),
};

/** The parts of an estate that are its projects. */
export class ProjectParts {
  readonly #assets: ProjectAssets;
  readonly #names: ProjectNames;
  readonly #others = new Map<string, Part>();
  #atHand = '';
  #part = NOTHING;
  #noted = { repeated: 0, unreadable: 0, bare: 0 };

  constructor(assets: ProjectAssets, names: ProjectNames) {
    this.#assets = assets;
    this.#names = names;
  }

  /** The inventory of all projects. @param contents what lies in none */
  over(contents: AskedContents): Inventory {
    const { policies, apis, repositories, secrets, missing } = contents;
    const inventory = inventoryOf({
      ...contents,
      policies: {
        get: (resource) => this.#around(resource).policies.get(resource) ?? policies.get(resource),
      },
      apis: { get: (project) => this.#of(project).apis.get(project) ?? apis.get(project) },
      repositories: {
        get: (resource) => this.#around(resource).repositories.get(resource) ?? repositories.get(resource),
      },
      secrets: {
        get: (resource) => this.#around(resource).secrets.get(resource) ?? secrets.get(resource),
      },
      missing: (part, where) => brokenAt(this.#around(where).broken, part, where) ?? missing(part, where),
    });
    return {
      ...inventory,
      runResource: (resource) => this.#part.runs.get(resource) ?? inventory.runResource(resource),
    };
  }

  /** The Cloud Run resources of projects, by id, each while its project is at hand. */
  *runsOf(projects: Iterable<string>): Generator<InventoryRun> {
    for (const id of projects) yield* this.#take(id);
  }

  /** What is noted of the projects that were at hand; it is counted anew from then on. */
  noted(): Omit<Noted, 'denials'> {
    const noted = this.#noted;
    this.#noted = { repeated: 0, unreadable: 0, bare: 0 };
    return noted;
  }

  #around(where: string): Part {
    // Policies of projects, folders and organizations are in no part.
    if (!where.startsWith('//') || where.startsWith(RESOURCE_MANAGER)) return NOTHING;
    const project = projectOf(where as ResourceName);
    return project === undefined ? NOTHING : this.#of(project);
  }

  #of(project: string): Part {
    if (project === this.#atHand) return this.#part;
    const id = this.#names.id(project);
    if (id === this.#atHand) return this.#part;
    const known = this.#others.get(id);
    if (known !== undefined) return known;
    const collected = new Collected();
    for (const asset of this.#assets.othersOf(id)) collected.take(asset);
    const made = this.#partOf(collected, new Map());
    this.#others.set(id, made);
    return made;
  }

  #take(id: string): readonly InventoryRun[] {
    const collected = new Collected();
    for (const asset of this.#assets.othersOf(id)) collected.take(asset);
    for (const asset of this.#assets.runsOf(id)) collected.take(asset);
    const broken = new Map<string, Unknown>();
    const part = this.#partOf(collected, broken);
    const { runs, bare } = runsOf(collected, this.#names, broken);
    this.#part = { ...part, runs: new Map(runs.map((run) => [run.resource, run])) };
    this.#atHand = id;
    this.#noted.repeated += collected.repeated;
    this.#noted.unreadable += collected.unreadable.size;
    this.#noted.bare += bare;
    return runs;
  }

  #partOf(collected: Collected, broken: Map<string, Unknown>): Part {
    const names = this.#names;
    return {
      policies: policiesOf(collected, names, broken),
      apis: apisOf(collected, names),
      repositories: repositoriesOf(collected, names, broken),
      secrets: secretsOf(collected, names),
      runs: NOTHING.runs,
      broken,
    };
  }
}

const RESOURCE_MANAGER = '//cloudresourcemanager.googleapis.com/';
