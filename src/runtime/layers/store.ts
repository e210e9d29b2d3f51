/** Unpacked layers on disk, one directory each, named by diff id and shared by every image and instance. */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Footing, footingName, ROOT } from '../footing.js';
import { environmentOf, kill, runningProcesses } from '../linux/index.js';
import { BadLayer, type Layer } from '../types.js';
import { sha256Hex } from './digest.js';
import type { ScanLimits } from './scanner.js';
import { unpackingMark, unpackLayer } from './unpack.js';

/** Far above real layers; low enough that a compressed bomb ends before the disk does. */
export const DEFAULT_LIMITS: ScanLimits = { maxBytes: 10 * 2 ** 30, maxEntries: 1_000_000 };

/** Layers unpacked at the same time: unpacking is bound by one core each. */
const CONCURRENCY = 2;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * Unpacking does not wait for the disk: after a power failure a complete-looking layer might be incomplete. So layers
 * are kept for one boot of the machine only; the blobs they came from are durable.
 */
export class LayerStore {
  readonly #directory: string;
  readonly #unpacking = new Map<string, Promise<void>>();
  readonly #ready = new Set<string>();
  #free = CONCURRENCY;
  readonly #waiting: (() => void)[] = [];
  #counter = 0;

  constructor(
    readonly root: string,
    readonly footing: Footing = ROOT,
    readonly limits: ScanLimits = DEFAULT_LIMITS,
  ) {
    this.#directory = join(root, 'sha256');
  }

  /** Where a prepared layer is. @throws BadLayer when the diff id is malformed */
  pathOf(layer: Layer): string {
    const hex = sha256Hex(layer.diffId);
    if (hex === undefined || sha256Hex(layer.digest) === undefined) {
      throw new BadLayer(`layer ${layer.digest} or its diff id ${layer.diffId} is not a sha256 digest`);
    }
    return join(this.#directory, hex);
  }

  /** Unpacks what is not unpacked yet; concurrent calls share the work. @throws BadLayer */
  async prepare(layers: readonly Layer[]): Promise<void> {
    const outcomes = await Promise.allSettled(layers.map((layer) => this.#one(layer)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Removes half-unpacked layers of a killed plane, and all layers of an earlier boot or another footing. */
  async reap(): Promise<void> {
    const boot = `${readFileSync(BOOT_ID, 'utf8')}${footingName(this.footing)}`;
    const marker = join(this.root, 'boot-id');
    if (existsSync(this.#directory) && (!existsSync(marker) || readFileSync(marker, 'utf8') !== boot)) {
      await rename(this.#directory, `${this.#directory}.${process.pid}.tmp`);
    }
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFile(marker, boot);
    for (const directory of [this.root, this.#directory]) {
      const left = (await readdir(directory)).filter((name) => name.endsWith('.tmp'));
      if (left.length > 0) this.#endUnpacking();
      // Gigabytes, perhaps: nobody waits for it, and what is not finished today is found again next time.
      for (const name of left) this.#remove(join(directory, name)).catch(() => undefined);
    }
  }

  /** The programs of a killed plane: they end by themselves when nothing more comes, unless they hang. */
  #endUnpacking(): void {
    for (const { pid, parent } of runningProcesses()) {
      const earlier = parent !== process.pid && environmentOf(pid).includes(unpackingMark(this.root));
      if (earlier) kill(pid);
    }
  }

  async #one(layer: Layer): Promise<void> {
    const path = this.pathOf(layer);
    if (this.#ready.has(path)) return;
    if (existsSync(path)) {
      this.#ready.add(path);
      return;
    }
    let unpacking = this.#unpacking.get(path);
    if (unpacking === undefined) {
      unpacking = this.#limited(() => this.#unpack(layer, path)).finally(() => this.#unpacking.delete(path));
      this.#unpacking.set(path, unpacking);
    }
    await unpacking;
  }

  async #unpack(layer: Layer, path: string): Promise<void> {
    const temporary = `${path}.${process.pid}-${++this.#counter}.tmp`;
    await mkdir(temporary, { recursive: true });
    await chmod(temporary, 0o755); // becomes the mode of `/`, unless the layer says otherwise
    try {
      await unpackLayer(layer, temporary, { root: this.root, limits: this.limits, footing: this.footing });
      await rename(temporary, path);
    } catch (error) {
      await this.#remove(temporary);
      throw error;
    }
    this.#ready.add(path);
  }

  async #limited(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  async #remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
