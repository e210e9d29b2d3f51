/**
 * Control groups around the containers. Each of them has a group of its own, and the runtime makes the container's
 * group inside it. The runtime removes the inner one as soon as the container ends; the outer one stays until we have
 * read from it whether memory ran out.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Footing } from '../footing.js';
import { eventfd, HYBRID_CGROUP2 } from '../linux/index.js';

const ROOT = '/sys/fs/cgroup';
const CGROUP2_MAGIC = 0x6367_7270;
const TMPFS_MAGIC = 0x0102_1994;
/** Made by the runtime, inside the group that we make. */
const INNER = 'container';
/**
 * The outer limit is this much below the inner one, which is what the container sees: so memory always runs out in
 * the outer group, where it is counted. (The kernel charges in batches of 64 pages.)
 */
const MARGIN_BYTES = 256 * 1024;
const REMOVE_ATTEMPTS = 200;

/** Version 1: a tree per controller. Version 2: one tree. */
type Layout =
  | { readonly version: 1; readonly trees: readonly string[] }
  | { readonly version: 2; readonly enable: string };

export interface ContainerCgroup {
  /** For `linux.cgroupsPath`. */
  readonly ociPath: string;
  /** Whether the kernel has ended a process in it for want of memory; ask before the group is removed. */
  ranOutOfMemory(): boolean;
  close(): void;
}

/** All groups of one data directory: they lie under one name, so that planes do not touch each other's. */
export class Cgroups {
  readonly #layout: Layout | undefined;

  /** @param footing only root may write control groups */
  constructor(
    readonly prefix: string,
    footing: Footing,
  ) {
    this.#layout = footing.kind === 'root' ? detectLayout() : undefined;
  }

  /** False when there is no memory controller that we may write to: then nothing is limited. */
  get available(): boolean {
    return this.#layout !== undefined;
  }

  /** @throws when the machine's control groups cannot be written */
  create(id: string, memoryBytes: number): ContainerCgroup | undefined {
    if (this.#layout === undefined) return undefined;
    const limit = Math.max(memoryBytes - MARGIN_BYTES, MARGIN_BYTES);
    const counter =
      this.#layout.version === 1 ? this.#limitV1(id, limit) : this.#limitV2(id, limit, this.#layout.enable);
    return {
      ociPath: `/${this.prefix}/${id}/${INNER}`,
      ranOutOfMemory: counter.ranOut,
      close: counter.close,
    };
  }

  /** The processes in a container's groups. */
  processes(id: string): number[] {
    const pids = this.#directories(id).flatMap((directory) => processesBelow(directory));
    return [...new Set(pids)];
  }

  /** Ids of the containers whose groups exist. */
  containers(): string[] {
    const ids = this.#directories('').flatMap((directory) => subdirectories(directory));
    return [...new Set(ids)];
  }

  /** Removes a container's groups once their last process has gone; and what stands for them where there are none. */
  async removeContainer(id: string): Promise<void> {
    for (const directory of this.#directories(id)) await removeTree(directory);
    const standIn = join(HYBRID_CGROUP2, this.prefix, id);
    if (isTmpfs(HYBRID_CGROUP2)) rmSync(standIn, { recursive: true, force: true });
  }

  /** Removes the common parent, when no container is left. */
  async removeAll(): Promise<void> {
    if (this.containers().length > 0) return;
    for (const directory of this.#directories('')) await removeTree(directory);
  }

  #directories(id: string): string[] {
    if (this.#layout === undefined) return [];
    const trees = this.#layout.version === 2 ? [ROOT] : this.#layout.trees;
    return trees.map((tree) => join(tree, this.prefix, id)).filter((directory) => existsSync(directory));
  }

  #limitV1(id: string, limit: number): Counter {
    const directory = join(ROOT, 'memory', this.prefix, id);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'memory.limit_in_bytes'), `${limit}`);
    const withSwap = join(directory, 'memory.memsw.limit_in_bytes');
    if (existsSync(withSwap)) writeFileSync(withSwap, `${limit}`);
    // https://docs.kernel.org/admin-guide/cgroup-v1/memory.html#oom-control
    const events = eventfd();
    const control = openSync(join(directory, 'memory.oom_control'), 'r');
    writeFileSync(join(directory, 'cgroup.event_control'), `${events} ${control}`);
    closeSync(control);
    return { ranOut: () => hasCounted(events), close: () => closeSync(events) };
  }

  #limitV2(id: string, limit: number, enable: string): Counter {
    const parent = join(ROOT, this.prefix);
    const directory = join(parent, id);
    mkdirSync(directory, { recursive: true });
    for (const each of [ROOT, parent, directory]) {
      writeFileSync(join(each, 'cgroup.subtree_control'), enable);
    }
    writeFileSync(join(directory, 'memory.max'), `${limit}`);
    const swap = join(directory, 'memory.swap.max');
    if (existsSync(swap)) writeFileSync(swap, '0');
    const events = join(directory, 'memory.events'); // counts the groups below as well
    return { ranOut: () => /^oom_kill [1-9]/m.test(readFileSync(events, 'utf8')), close: () => undefined };
  }
}

interface Counter {
  ranOut(): boolean;
  close(): void;
}

function detectLayout(): Layout | undefined {
  if (!existsSync(ROOT)) return undefined;
  if (statfsSync(ROOT).type === CGROUP2_MAGIC) {
    const offered = readFileSync(join(ROOT, 'cgroup.controllers'), 'utf8').trim().split(' ');
    const wanted = ['cpu', 'memory', 'pids'].filter((controller) => offered.includes(controller));
    return wanted.includes('memory') && isWritable(ROOT)
      ? { version: 2, enable: wanted.map((controller) => `+${controller}`).join(' ') }
      : undefined;
  }
  if (!existsSync(join(ROOT, 'memory', 'memory.limit_in_bytes')) || !isWritable(join(ROOT, 'memory'))) {
    return undefined;
  }
  const trees = subdirectories(ROOT).map((name) => join(ROOT, name));
  return { version: 1, trees: trees.filter((tree) => tree !== HYBRID_CGROUP2) };
}

/** In a container the groups are often there to be read only. */
function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function isTmpfs(path: string): boolean {
  return existsSync(path) && statfsSync(path).type === TMPFS_MAGIC;
}

function hasCounted(events: number): boolean {
  try {
    return readSync(events, Buffer.alloc(8)) === 8;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}

function subdirectories(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function processesBelow(directory: string): number[] {
  const own = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  return [...own, ...subdirectories(directory).flatMap((name) => processesBelow(join(directory, name)))];
}

/** Depth first; a group is busy until the kernel has finished with its last process. */
async function removeTree(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  for (const name of subdirectories(directory)) await removeTree(join(directory, name));
  for (let attempt = 1; ; attempt++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || attempt === REMOVE_ATTEMPTS) throw error;
      await delay(5);
    }
  }
}
