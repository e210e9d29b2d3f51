/** Resources whose next deploys ask for the same: of a project's many services, most are like another one. */
import { parseImage, repositoryOfImage } from '../../names/index.js';
import { isUnknown } from '../rule.js';
import type { EstateDecisions } from './decisions.js';
import type { Inventory, InventoryRun } from './inventory.js';

/** What resources that are alike have in common; no key where the resource is like no other. */
export interface Likeness {
  readonly key: string | undefined;
  /** In which round of decisions. */
  readonly round: number;
}

/** Keeps what is known of the resources of one project, for others like them. */
export class Alike<T> {
  readonly #inventory: Inventory;
  readonly #decisions: EstateDecisions;
  readonly #images: 'assumed' | 'known';
  readonly #kept = new Map<string, T>();
  #round = 0;

  /** @param images where images are assumed, those of one repository are alike */
  constructor(inventory: Inventory, decisions: EstateDecisions, images: 'assumed' | 'known') {
    this.#inventory = inventory;
    this.#decisions = decisions;
    this.#images = images;
  }

  /** What was kept for others of this likeness; undefined where there was none. */
  known(likeness: Likeness): T | undefined {
    if (likeness.key === undefined || this.#round !== this.#decisions.round) return undefined;
    return this.#kept.get(likeness.key);
  }

  /** @param likeness the resource's, as it was before more was asked for */
  keep(run: InventoryRun, likeness: Likeness, value: T): void {
    const { round } = this.#decisions;
    if (this.#round !== round) this.forget();
    this.#round = round;
    const { key } = likeness.round === round ? likeness : this.likeness(run);
    if (key !== undefined) this.#kept.set(key, value);
  }

  /** Forgets what belongs to a project that is done with. */
  forget(): void {
    this.#kept.clear();
  }

  /**
   * All that a next deploy depends on but the resource's name, which matters where a policy or a condition is about
   * this resource alone: then it is like no other.
   */
  likeness(run: InventoryRun): Likeness {
    return { key: this.#key(run), round: this.#decisions.round };
  }

  #key(run: InventoryRun): string | undefined {
    const existing = this.#inventory.runResource(run.resource);
    if (isUnknown(existing) || existing === 'absent' || !this.#decisions.isShared(run.resource))
      return undefined;
    const { serviceAccount = '', invokerIamDisabled = false } = existing;
    const secrets = run.secrets.length === 0 ? '' : JSON.stringify(run.secrets);
    let images = '';
    for (const image of run.images) images += ` ${this.#imageLikeness(image)}`;
    return `${run.kind} ${run.location} ${serviceAccount} ${invokerIamDisabled} ${secrets}${images}`;
  }

  #imageLikeness(image: string): string {
    if (this.#images === 'known') return image;
    const parsed = parseImage(image);
    return parsed.ok && parsed.image.registry === 'artifact-registry'
      ? repositoryOfImage(parsed.image)
      : image;
  }
}
