/** One container: everything that belongs to it alone, from its directory to its end. */
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Footing, hasManyIds } from '../footing.js';
import type { LayerStore } from '../layers/index.js';
import { descendsFrom, pidfdEnded, pidfdOpen, pidfdSignal } from '../linux/index.js';
import { type ContainerSpec, type Exit, type RunningContainer, StartFailure } from '../types.js';
import { bundleConfig, commandOf } from './bundle.js';
import type { Cgroups, ContainerCgroup } from './cgroups.js';
import { type Launched, launch, RuntimeFault } from './launch.js';
import type { RuntimeCommands } from './oci-runtime.js';
import { endContainer } from './reap.js';
import { mountRootfs } from './rootfs.js';
import { takeDown, type Undo } from './take-down.js';
import { type ContainerUser, readAccountFiles, resolveUser } from './user.js';
import { mountVolumes, type VolumeTrees } from './volumes.js';

/** What all containers of an executor share. */
export interface Surroundings {
  readonly commands: RuntimeCommands;
  readonly cgroups: Cgroups;
  readonly footing: Footing;
  readonly layers: LayerStore;
  /** Holds a directory per container, and one per sandbox with volumes. */
  readonly instances: string;
  readonly maxOpenFiles: number;
  readonly onWarning: (message: string) => void;
}

/** What a container gets from its sandbox. */
export interface SharedParts {
  readonly hostname: string;
  /** Path of the network namespace. */
  readonly network: string;
  /** Contents of files below `/etc`, by name. */
  readonly etc: Readonly<Record<string, string>>;
  readonly volumes: VolumeTrees;
}

/** Pending while the container's `onOutput` can take no more: then the container waits when it writes. */
export type Room = () => Promise<void> | undefined;

/**
 * Builds the container's surroundings, starts it, and takes everything down again when it ends.
 * @param id unique among the executor's containers
 * @throws StartFailure, with nothing left behind
 */
export async function startContainer(
  around: Surroundings,
  id: string,
  spec: ContainerSpec,
  shared: SharedParts,
  room?: Room,
): Promise<OciContainer> {
  const { commands, onWarning } = around;
  const undo: Undo[] = [];
  try {
    const { directory, cgroup, config, user } = prepare(around, id, spec, shared, undo);
    const pidFile = join(directory, 'pid');
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const launched = await launch({
      commands,
      id,
      bundle: directory,
      pidFile,
      program: commandOf(spec)[0] ?? '',
      owner: user,
      onOutput: spec.onOutput,
      room,
    });
    return new OciContainer(around, id, spec.name, launched, cgroup, undo);
  } catch (error) {
    undo.push(() => endContainer(around, id));
    await takeDown(undo, `container ${id}`, onWarning);
    if (error instanceof RuntimeFault) onWarning(`container ${id}: ${error.message}`);
    if (error instanceof StartFailure) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new StartFailure(`the container could not be started: ${message}`, { cause: error });
  }
}

function prepare(
  around: Surroundings,
  id: string,
  spec: ContainerSpec,
  shared: SharedParts,
  undo: Undo[],
): {
  directory: string;
  cgroup: ContainerCgroup | undefined;
  config: object;
  user: { uid: number; gid: number };
} {
  const directory = join(around.instances, id);
  mkdirSync(around.instances, { recursive: true, mode: 0o700 });
  mkdirSync(directory, { mode: 0o700 }); // EEXIST when the id is in use
  undo.push(() => rm(directory, { recursive: true, force: true }));
  const layers = spec.layers.map((layer) => around.layers.pathOf(layer));
  const rootfs = mountRootfs(directory, layers, { ...spec, etc: shared.etc }, around.footing);
  undo.push(() => rootfs.unmount());
  const user = runAs(resolveUser(spec.config.User, readAccountFiles(rootfs.path)), around.footing);
  const mounts = mountVolumes(directory, spec.mounts, shared.volumes, undo);
  undo.push(() => around.cgroups.removeContainer(id));
  const cgroup = around.cgroups.create(id, spec.memoryBytes);
  undo.push(() => cgroup?.close());
  const config = bundleConfig({
    spec,
    user,
    mounts,
    hostname: shared.hostname,
    network: shared.network,
    rootfs: rootfs.path,
    etc: rootfs.etc,
    cgroupsPath: cgroup?.ociPath,
    maxOpenFiles: around.maxOpenFiles,
    footing: around.footing,
  });
  return { directory, cgroup, config, user };
}

/** How often it is looked whether the container has ended and the runtime has not noticed. */
const WATCH_MS = 2_000;

export class OciContainer implements RunningContainer {
  readonly exited: Promise<Exit>;
  #process: number | undefined;

  constructor(
    readonly around: Surroundings,
    readonly id: string,
    readonly name: string,
    readonly launched: Launched,
    cgroup: ContainerCgroup | undefined,
    undo: Undo[],
  ) {
    this.#attach(launched);
    this.exited = this.#untilEnd(launched, cgroup, undo);
    this.#watch();
  }

  async stop(graceMs: number): Promise<Exit> {
    this.#signal(constants.signals.SIGTERM);
    const kill = setTimeout(() => this.#signal(constants.signals.SIGKILL), graceMs);
    try {
      return await this.#endsWithin(graceMs);
    } finally {
      clearTimeout(kill);
    }
  }

  /** SIGKILL at once; resolves as `exited` does. */
  async kill(): Promise<Exit> {
    this.#signal(constants.signals.SIGKILL);
    return await this.#endsWithin(0);
  }

  /** Resolves as `exited` does; a runtime that has not ended some time after these milliseconds is ended. */
  async #endsWithin(graceMs: number): Promise<Exit> {
    const { endMs } = this.around.commands.limits;
    const giveUp = setTimeout(() => this.#killRunner(`${endMs / 1000} s after SIGKILL`), graceMs + endMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** A runtime that hangs does not say that its container has ended: then it is ended as well. */
  #watch(): void {
    let endedAt: number | undefined;
    const { endMs } = this.around.commands.limits;
    const timer = setInterval(
      () => {
        if (this.#process === undefined || !pidfdEnded(this.#process)) return;
        endedAt ??= performance.now();
        if (performance.now() - endedAt > endMs)
          this.#killRunner(`${endMs / 1000} s after its container’s end`);
      },
      Math.min(WATCH_MS, endMs),
    );
    timer.unref();
    const clear = () => clearInterval(timer);
    this.exited.then(clear, clear);
  }

  #killRunner(when: string): void {
    this.#warn(new Error(`${this.around.commands.name} still ran ${when} and was killed`));
    this.launched.runner.kill();
  }

  /** Takes hold of the first process; it stays unset when it has ended meanwhile. */
  #attach({ pid, runner }: Launched): void {
    if (pid === undefined) return;
    try {
      this.#process = pidfdOpen(pid);
      if (!descendsFrom(pid, runner.pid)) this.#detach();
    } catch {
      this.#detach();
    }
  }

  #detach(): void {
    if (this.#process !== undefined) closeSync(this.#process);
    this.#process = undefined;
  }

  #signal(signal: number): void {
    if (this.#process !== undefined) pidfdSignal(this.#process, signal);
  }

  async #untilEnd(launched: Launched, cgroup: ContainerCgroup | undefined, undo: Undo[]): Promise<Exit> {
    const end = await launched.runner.ended;
    // Without its runtime process the container would live on unobserved; after an orderly end it is gone already.
    this.#signal(constants.signals.SIGKILL);
    if (end.killed) {
      launched.runner.kill();
      await endContainer(this.around, this.id).catch((error: unknown) => this.#warn(error));
    }
    await launched.drained(this.around.commands.limits.endMs).catch((error: unknown) => this.#warn(error));
    this.#detach();
    const outOfMemory = cgroup?.ranOutOfMemory() ?? false;
    await takeDown(undo, `container ${this.id}`, this.around.onWarning);
    return { code: end.code, outOfMemory };
  }

  #warn(error: unknown): void {
    this.around.onWarning(`container ${this.id}: ${error instanceof Error ? error.message : error}`);
  }
}

/** With one id there is only root to run as: the namespace's, who is the plane's own user outside. */
function runAs(user: ContainerUser, footing: Footing): ContainerUser {
  return hasManyIds(footing) ? user : { ...user, uid: 0, gid: 0, additionalGids: [] };
}
