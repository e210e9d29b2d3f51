/** Cloud Run resources of one project after the other: what is done with is forgotten, and no one else asks for it. */
import type { Inventory, InventoryRun, Unknown } from '../../checkpoint/index.js';
import type { ResourceName } from '../../names/index.js';
import type { InventoryContents, KeptPolicies } from '../inventory/index.js';
import { inventoryOf } from '../inventory/inventory.js';
import { Collected } from './collect.js';
import { type Noted, policiesOf, runsOf } from './estate.js';
import type { ProjectNames } from './names.js';
import type { PostponedProject } from './postponed.js';

/** The resources of the project at hand, over what is known of all projects. */
export class RunsAtHand {
  readonly #names: ProjectNames;
  #policies: KeptPolicies = new Map();
  #runs: ReadonlyMap<ResourceName, InventoryRun> = new Map();
  #broken: ReadonlyMap<string, Unknown> = new Map();
  #noted = { repeated: 0, unreadable: 0, bare: 0 };

  constructor(names: ProjectNames) {
    this.#names = names;
  }

  /** The inventory of all projects, with the resources of the one at hand. */
  over(contents: InventoryContents): Inventory {
    const { policies, missing } = contents;
    const below = inventoryOf({
      ...contents,
      policies: {
        get: (resource) => this.#policies.get(resource) ?? policies.get(resource),
        keys: () => policies.keys(),
      },
      missing: (part, where) => this.#broken.get(`${part} ${where}`) ?? missing(part, where),
    });
    return { ...below, runResource: (resource) => this.#runs.get(resource) ?? below.runResource(resource) };
  }

  /** All resources, each while its project is at hand. */
  *runsOf(projects: Iterable<PostponedProject>): Generator<InventoryRun> {
    for (const project of projects) yield* this.#take(project);
  }

  /** What is noted of the resources so far. */
  noted(): Omit<Noted, 'denials'> {
    return this.#noted;
  }

  #take(project: PostponedProject): readonly InventoryRun[] {
    const collected = new Collected();
    for (const asset of project.assets()) collected.take(asset);
    const broken = new Map<string, Unknown>();
    this.#policies = policiesOf(collected, this.#names, broken);
    const { runs, bare } = runsOf(collected, this.#names, broken);
    this.#runs = new Map(runs.map((run) => [run.resource, run]));
    this.#broken = broken;
    this.#noted.repeated += collected.repeated;
    this.#noted.unreadable += collected.unreadable.size;
    this.#noted.bare += bare;
    return runs;
  }
}
