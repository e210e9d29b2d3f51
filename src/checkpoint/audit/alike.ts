/** Resources whose next deploys ask for the same: of a project's many services, most are like another one. */
import { parseImage, repositoryOfImage } from '../../names/index.js';
import { isUnknown } from '../rule.js';
import type { EstateDecisions } from './decisions.js';
import type { Inventory, InventoryRun } from './inventory.js';

/** The usual form of an image; what else looks so is no image, whatever its last part. */
const IN_REPOSITORY =
  /^([a-z0-9-]+-docker\.pkg\.dev\/[^/]+\/[^/]+)\/[a-z0-9]+(?:-[a-z0-9]+)*(?::\w[\w.-]*)?$/;

/** Keeps what is known of the resources of one project, for others like them. */
export class Alike<T> {
  readonly #inventory: Inventory;
  readonly #decisions: EstateDecisions;
  readonly #images: 'assumed' | 'known';
  #kept = new Map<string, T>();

  /** @param images where images are assumed, those of one repository are alike */
  constructor(inventory: Inventory, decisions: EstateDecisions, images: 'assumed' | 'known') {
    this.#inventory = inventory;
    this.#decisions = decisions;
    this.#images = images;
  }

  /** What was kept for others of this likeness; undefined where there was none. */
  known(likeness: string | undefined): T | undefined {
    return likeness === undefined ? undefined : this.#kept.get(likeness);
  }

  keep(likeness: string | undefined, value: T): void {
    if (likeness !== undefined) this.#kept.set(likeness, value);
  }

  /** Forgets what belongs to a project that is done with. */
  forget(): void {
    this.#kept = new Map();
  }

  /**
   * All that a next deploy depends on but the resource's name, which matters where a policy or a condition is about
   * this resource alone: then it is like no other, which is undefined.
   */
  likeness(run: InventoryRun): string | undefined {
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
    const repository = IN_REPOSITORY.exec(image)?.[1];
    if (repository !== undefined) return repository;
    const parsed = parseImage(image);
    return parsed.ok && parsed.image.registry === 'artifact-registry'
      ? repositoryOfImage(parsed.image)
      : image;
  }
}
