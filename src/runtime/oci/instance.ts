/** One container: everything that belongs to it, from its directory to its end. */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { connectError, dial, pidfdOpen, pidfdSignal } from '../linux/index.js';
import { type Exit, type Instance, type InstanceSpec, StartFailure } from '../types.js';
import { bundleConfig, commandOf } from './bundle.js';
import type { Cgroups, InstanceCgroup } from './cgroups.js';
import { type Launched, launch } from './launch.js';
import type { RuntimeCommands } from './oci-runtime.js';
import { mountRootfs } from './rootfs.js';
import { readAccountFiles, resolveUser } from './user.js';

/** What all instances of an executor share. */
export interface InstanceSurroundings {
  readonly commands: RuntimeCommands;
  readonly cgroups: Cgroups;
  /** Holds a directory per instance. */
  readonly instances: string;
  readonly maxOpenFiles: number;
  readonly onWarning: (message: string) => void;
}

type Undo = () => void | Promise<void>;

/**
 * Builds the container's surroundings, starts it, and takes everything down again when it ends.
 * @param layers unpacked layers, the lowest first
 * @throws StartFailure, with nothing left behind
 */
export async function startInstance(
  around: InstanceSurroundings,
  spec: InstanceSpec,
  layers: readonly string[],
): Promise<OciInstance> {
  const undo: Undo[] = [];
  try {
    const { directory, cgroup, config, user } = prepare(around, spec, layers, undo);
    const pidFile = join(directory, 'pid');
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const launched = await launch({
      runtime: around.commands.runtime,
      args: around.commands.run(spec.id, directory, pidFile),
      pidFile,
      program: commandOf(spec)[0] ?? '',
      owner: user,
      onOutput: spec.onOutput,
    });
    return new OciInstance(around, spec.id, launched, cgroup, undo);
  } catch (error) {
    await takeDown(around, spec.id, undo);
    if (error instanceof StartFailure) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new StartFailure(`the container could not be started: ${message}`, { cause: error });
  }
}

function prepare(
  around: InstanceSurroundings,
  spec: InstanceSpec,
  layers: readonly string[],
  undo: Undo[],
): {
  directory: string;
  cgroup: InstanceCgroup | undefined;
  config: object;
  user: { uid: number; gid: number };
} {
  const directory = join(around.instances, spec.id);
  mkdirSync(around.instances, { recursive: true, mode: 0o700 });
  mkdirSync(directory, { mode: 0o700 }); // EEXIST when the id is in use
  undo.push(() => rm(directory, { recursive: true, force: true }));
  const rootfs = mountRootfs(directory, layers, spec.memoryBytes, spec.hostname);
  undo.push(() => rootfs.unmount());
  const user = resolveUser(spec.config.User, readAccountFiles(rootfs.path));
  const cgroup = around.cgroups.create(spec.id, spec.memoryBytes);
  undo.push(async () => {
    cgroup?.close();
    await around.cgroups.removeInstance(spec.id);
  });
  const config = bundleConfig({
    spec,
    user,
    rootfs: rootfs.path,
    etc: rootfs.etc,
    cgroupsPath: cgroup?.ociPath,
    maxOpenFiles: around.maxOpenFiles,
  });
  return { directory, cgroup, config, user };
}

/** In reverse order; one failing step does not keep the others from happening. */
async function takeDown(around: InstanceSurroundings, id: string, undo: Undo[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      around.onWarning(
        `instance ${id} was not cleaned up: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
}

export class OciInstance implements Instance {
  readonly exited: Promise<Exit>;
  #netns: number | undefined;
  #process: number | undefined;

  constructor(
    readonly around: InstanceSurroundings,
    readonly id: string,
    launched: Launched,
    cgroup: InstanceCgroup | undefined,
    undo: Undo[],
  ) {
    this.#attach(launched);
    this.exited = this.#untilEnd(launched, cgroup, undo);
  }

  async connect(port: number): Promise<Socket> {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw connectError('EADDRNOTAVAIL', port);
    return await dial(() => this.#netns, port);
  }

  async stop(graceMs: number): Promise<Exit> {
    this.#signal(constants.signals.SIGTERM);
    const kill = setTimeout(() => this.#signal(constants.signals.SIGKILL), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(kill);
    }
  }

  /** Takes hold of the first process and its network; both stay unset when it has ended meanwhile. */
  #attach({ pid, runnerPid }: Launched): void {
    if (pid === undefined) return;
    try {
      this.#process = pidfdOpen(pid);
      this.#netns = openSync(`/proc/${pid}/ns/net`, 'r');
      if (parentOf(pid) !== runnerPid) this.#detach();
    } catch {
      this.#detach();
    }
  }

  #detach(): void {
    for (const fd of [this.#netns, this.#process]) if (fd !== undefined) closeSync(fd);
    this.#netns = undefined;
    this.#process = undefined;
  }

  #signal(signal: number): void {
    if (this.#process !== undefined) pidfdSignal(this.#process, signal);
  }

  async #untilEnd(launched: Launched, cgroup: InstanceCgroup | undefined, undo: Undo[]): Promise<Exit> {
    const end = await launched.ended;
    // Without its runtime process the container would live on unobserved.
    if (end.killed) await this.around.commands.delete(this.id).catch((error: unknown) => this.#warn(error));
    await launched.drained.catch((error: unknown) => this.#warn(error));
    this.#detach();
    const outOfMemory = cgroup?.ranOutOfMemory() ?? false;
    await takeDown(this.around, this.id, undo);
    return { code: end.code, outOfMemory };
  }

  #warn(error: unknown): void {
    this.around.onWarning(`instance ${this.id}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Field 4 of /proc/PID/stat; the command's name before it may contain anything, so count from its last bracket. */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
