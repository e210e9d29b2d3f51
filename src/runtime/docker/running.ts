/** One container of ours: from its start to its removal. */
import { setTimeout as delay } from 'node:timers/promises';
import { commandOf } from '../oci/bundle.js';
import { isExecFailure, OutputGate, programFailure } from '../start-failure.js';
import { type ContainerSpec, type Exit, type RunningContainer, StartFailure } from '../types.js';
import type { Inspected } from './answers.js';
import { type Attached, type ContainerCalls, isRefusal } from './calls.js';
import type { DockerNetwork } from './network.js';

/** How long a daemon that does not answer is waited for, in milliseconds. */
export interface Patience {
  /** To come back while a container runs: Docker may be restarting, and containers may live through that. */
  readonly returnMs: number;
  /** To stop or remove a container, beyond the grace period. */
  readonly stopMs: number;
}

export interface RunningSurroundings {
  readonly calls: ContainerCalls;
  readonly network: DockerNetwork;
  readonly patience: Patience;
  readonly onWarning: (message: string) => void;
  /** Takes care of a container that could not be removed. */
  readonly leftBehind: (containerId: string) => void;
}

/** As Docker reports a container that it has killed. */
const KILLED = 137;
const POLL_MS = 100;

/**
 * Starts a container that has been created; on failure it is removed again.
 * @param containerId the daemon's
 * @param id for messages
 * @throws StartFailure; EngineError when the daemon does not answer, or something that the container needs is gone
 */
export async function startContainer(
  around: RunningSurroundings,
  containerId: string,
  id: string,
  spec: ContainerSpec,
): Promise<DockerContainer> {
  const gate = new OutputGate(spec.onOutput);
  const deliver: ContainerSpec['onOutput'] = (stream, line) => gate.line(stream, line);
  const { calls } = around;
  let attached: Attached | undefined;
  try {
    attached = await calls.attach(containerId, deliver, 'next-exit');
    await calls.start(containerId);
    if (!(await calls.executed(containerId))) await refuseWhatNeverRan(attached, gate, spec);
    gate.open();
    return new DockerContainer(around, id, spec.name, containerId, attached, deliver);
  } catch (error) {
    attached?.close();
    await removeContainer(around, containerId);
    throw error instanceof Error ? (startFailure(error, spec) ?? error) : error;
  }
}

/** A program that has ended so soon may have run; only then is what was said its own. */
async function refuseWhatNeverRan(attached: Attached, gate: OutputGate, spec: ContainerSpec): Promise<void> {
  const code = await attached.code;
  await attached.drained;
  const said = gate.held('stderr');
  if (code === 0 || !said.some(isExecFailure)) return;
  throw programFailure(programOf(spec), said.join('\n')) ?? new StartFailure(said.join('\n'));
}

/** The daemon's reasons for not starting it: of our own making (400), the runtime's or the image's (500). */
function startFailure(error: Error, spec: ContainerSpec): StartFailure | undefined {
  if (!isRefusal(error, 400, 500)) return undefined;
  const program = programFailure(programOf(spec), error.message);
  return program ?? new StartFailure(`Docker could not start the container: ${error.message}`);
}

const programOf = (spec: ContainerSpec) => commandOf(spec)[0] ?? '';

/** What cannot be removed now is left to somebody who can wait. */
export async function removeContainer(around: RunningSurroundings, containerId: string): Promise<void> {
  try {
    await around.calls.remove(containerId, around.patience.stopMs);
  } catch {
    around.leftBehind(containerId);
  }
}

export class DockerContainer implements RunningContainer {
  readonly exited: Promise<Exit>;
  #giveUp: () => void = () => undefined;

  constructor(
    readonly around: RunningSurroundings,
    readonly id: string,
    readonly name: string,
    readonly containerId: string,
    attached: Attached,
    readonly deliver: ContainerSpec['onOutput'],
  ) {
    const abandoned = new Promise<'abandoned'>((resolve) => {
      this.#giveUp = () => resolve('abandoned');
    });
    this.exited = this.#untilEnd(attached, abandoned);
  }

  async stop(graceMs: number): Promise<Exit> {
    this.#signal('SIGTERM');
    const kill = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    try {
      return await this.#endsWithin(graceMs);
    } finally {
      clearTimeout(kill);
    }
  }

  /** SIGKILL at once; resolves as `exited` does. */
  async kill(): Promise<Exit> {
    this.#signal('SIGKILL');
    return await this.#endsWithin(0);
  }

  async #endsWithin(graceMs: number): Promise<Exit> {
    const giveUp = setTimeout(this.#giveUp, graceMs + this.around.patience.stopMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(giveUp);
    }
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { calls, patience } = this.around;
    calls.signal(this.containerId, signal, patience.stopMs).catch((error: unknown) => this.#warn(error));
  }

  async #untilEnd(first: Attached, abandoned: Promise<'abandoned'>): Promise<Exit> {
    let attached = first;
    let exit: Exit | undefined;
    while (exit === undefined) {
      const end = await Promise.race([attached.code.catch(() => 'broken' as const), abandoned]);
      if (end === 'abandoned') {
        this.#warn('the Docker daemon does not stop it');
        exit = { code: KILLED, outOfMemory: false };
      } else if (end === 'broken') {
        const found = await this.#afterRestart();
        if (found === undefined) exit = { code: KILLED, outOfMemory: false };
        else if (found.running) attached = await this.#attachAgain(attached);
        else exit = { code: found.exitCode, outOfMemory: found.outOfMemory };
      } else {
        await Promise.race([attached.drained, delay(this.around.patience.stopMs, undefined, { ref: false })]);
        exit = { code: end, outOfMemory: await this.#ranOutOfMemory() };
      }
    }
    attached.close();
    await removeContainer(this.around, this.containerId);
    return exit;
  }

  async #ranOutOfMemory(): Promise<boolean> {
    const { calls, patience } = this.around;
    const found = await calls.inspect(this.containerId, patience.stopMs).catch(() => undefined);
    return found?.outOfMemory ?? false;
  }

  /** What has become of the container when the daemon is back; undefined when either is gone. */
  async #afterRestart(): Promise<Inspected | undefined> {
    const { calls, patience } = this.around;
    const until = performance.now() + patience.returnMs;
    while (performance.now() < until) {
      try {
        return await calls.inspect(this.containerId, patience.stopMs);
      } catch (error) {
        if (isRefusal(error, 404)) return undefined;
        await delay(POLL_MS);
      }
    }
    this.#warn('the Docker daemon is gone');
    return undefined;
  }

  /** What it has written meanwhile is lost. */
  async #attachAgain(before: Attached): Promise<Attached> {
    const { calls } = this.around;
    before.close();
    try {
      return await calls.attach(this.containerId, this.deliver, 'not-running');
    } catch (error) {
      await delay(POLL_MS);
      return { ...before, code: Promise.reject(error) };
    }
  }

  #warn(problem: unknown): void {
    this.around.onWarning(`container ${this.id}: ${problem instanceof Error ? problem.message : problem}`);
  }
}
