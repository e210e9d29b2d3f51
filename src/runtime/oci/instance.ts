/** One container: everything that belongs to it, from its directory to its end. */
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Footing, hasManyIds } from '../footing.js';
import {
  connectError,
  descendsFrom,
  dial,
  dialDescriptor,
  pidfdEnded,
  pidfdOpen,
  pidfdSignal,
} from '../linux/index.js';
import { type Exit, type Instance, type InstanceSpec, StartFailure } from '../types.js';
import { bundleConfig, commandOf } from './bundle.js';
import type { Cgroups, InstanceCgroup } from './cgroups.js';
import { type Launched, launch, RuntimeFault } from './launch.js';
import type { RuntimeCommands } from './oci-runtime.js';
import { endContainer } from './reap.js';
import { mountRootfs } from './rootfs.js';
import { type ContainerUser, readAccountFiles, resolveUser } from './user.js';

/** What all instances of an executor share. */
export interface InstanceSurroundings {
  readonly commands: RuntimeCommands;
  readonly cgroups: Cgroups;
  readonly footing: Footing;
  /** Holds a directory per instance. */
  readonly instances: string;
  readonly maxOpenFiles: number;
  readonly onWarning: (message: string) => void;
}

type Undo = () => void | Promise<void>;

/**
 * Builds the container's surroundings, starts it, and takes everything down again when it ends.
 * @param layers unpacked layers, the lowest first
 * @param room pending while `onOutput` can take no more
 * @throws StartFailure, with nothing left behind
 */
export async function startInstance(
  around: InstanceSurroundings,
  spec: InstanceSpec,
  layers: readonly string[],
  room?: () => Promise<void> | undefined,
): Promise<OciInstance> {
  const { commands, onWarning } = around;
  const undo: Undo[] = [];
  try {
    const { directory, cgroup, config, user } = prepare(around, spec, layers, undo);
    const pidFile = join(directory, 'pid');
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const launched = await launch({
      commands,
      id: spec.id,
      bundle: directory,
      pidFile,
      program: commandOf(spec)[0] ?? '',
      owner: user,
      onOutput: spec.onOutput,
      room,
    });
    return new OciInstance(around, spec.id, launched, cgroup, undo);
  } catch (error) {
    undo.push(() => endContainer(around, spec.id));
    await takeDown(around, spec.id, undo);
    if (error instanceof RuntimeFault) onWarning(`instance ${spec.id}: ${error.message}`);
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
  const rootfs = mountRootfs(directory, layers, spec, around.footing);
  undo.push(() => rootfs.unmount());
  const user = runAs(resolveUser(spec.config.User, readAccountFiles(rootfs.path)), around.footing);
  undo.push(() => around.cgroups.removeInstance(spec.id));
  const cgroup = around.cgroups.create(spec.id, spec.memoryBytes);
  undo.push(() => cgroup?.close());
  const config = bundleConfig({
    spec,
    user,
    rootfs: rootfs.path,
    etc: rootfs.etc,
    cgroupsPath: cgroup?.ociPath,
    maxOpenFiles: around.maxOpenFiles,
    footing: around.footing,
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

/** How often it is looked whether the container has ended and the runtime has not noticed. */
const WATCH_MS = 2_000;

export class OciInstance implements Instance {
  readonly exited: Promise<Exit>;
  #netns: number | undefined;
  #process: number | undefined;

  constructor(
    readonly around: InstanceSurroundings,
    readonly id: string,
    readonly launched: Launched,
    cgroup: InstanceCgroup | undefined,
    undo: Undo[],
  ) {
    this.#attach(launched);
    this.exited = this.#untilEnd(launched, cgroup, undo);
    this.#watch();
  }

  async connect(port: number): Promise<Socket> {
    checkPort(port);
    return await dial(() => this.#netns, port);
  }

  /** As `connect`, but gives the descriptor of the socket, which the caller owns then. */
  async connectDescriptor(port: number): Promise<number> {
    checkPort(port);
    return await dialDescriptor(() => this.#netns, port);
  }

  async stop(graceMs: number): Promise<Exit> {
    this.#signal(constants.signals.SIGTERM);
    const kill = setTimeout(() => this.#signal(constants.signals.SIGKILL), graceMs);
    const { endMs } = this.around.commands.limits;
    const giveUp = setTimeout(() => this.#killRunner(`${endMs / 1000} s after SIGKILL`), graceMs + endMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(kill);
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

  /** Takes hold of the first process and its network; both stay unset when it has ended meanwhile. */
  #attach({ pid, runner }: Launched): void {
    if (pid === undefined) return;
    try {
      this.#process = pidfdOpen(pid);
      this.#netns = openSync(`/proc/${pid}/ns/net`, 'r');
      if (!descendsFrom(pid, runner.pid)) this.#detach();
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
    await takeDown(this.around, this.id, undo);
    return { code: end.code, outOfMemory };
  }

  #warn(error: unknown): void {
    this.around.onWarning(`instance ${this.id}: ${error instanceof Error ? error.message : error}`);
  }
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw connectError('EADDRNOTAVAIL', port);
}

/** With one id there is only root to run as: the namespace's, who is the plane's own user outside. */
function runAs(user: ContainerUser, footing: Footing): ContainerUser {
  return hasManyIds(footing) ? user : { ...user, uid: 0, gid: 0, additionalGids: [] };
}
