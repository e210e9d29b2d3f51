/** A sandbox in the other process. */
import type { Duplex } from 'node:stream';
import { connectError } from '../linux/index.js';
import {
  type ContainerSpec,
  type Exit,
  type RunningContainer,
  type Sandbox,
  StartFailure,
} from '../types.js';
import type { LayerSources } from './layer-sources.js';
import { type Peer, PeerGone } from './peer.js';
import type { HelperCalls, OutputRun, PlaneCalls, RemoteSpec, Which } from './protocol.js';

type HelperPeer = Peer<PlaneCalls, HelperCalls>;

/** As after SIGKILL: what the kernel does to the containers when the first process of their namespace ends. */
const KILLED: Exit = { code: 137, outOfMemory: false };

export class RootlessSandbox implements Sandbox {
  readonly #outputs = new Map<string, ContainerSpec['onOutput']>();

  /** @param forget called when it is closed */
  constructor(
    readonly id: string,
    readonly peer: HelperPeer,
    readonly sources: LayerSources,
    readonly forget: () => void,
  ) {}

  async start(spec: ContainerSpec): Promise<RunningContainer> {
    const { layers, onOutput, ...rest } = spec;
    if (this.#outputs.has(spec.name)) {
      throw new StartFailure(`container ${spec.name} of ${this.id} runs already`);
    }
    const remote = this.sources.offer(layers);
    this.#outputs.set(spec.name, onOutput);
    const forget = () => this.#outputs.delete(spec.name);
    try {
      const remoteSpec: RemoteSpec = { ...rest, layers: remote.layers };
      await this.peer.call('start', { sandbox: this.id, spec: remoteSpec });
    } catch (error) {
      forget();
      if (error instanceof PeerGone)
        throw new StartFailure(`the container could not be started: ${error.message}`);
      throw error;
    } finally {
      remote.withdraw();
    }
    return new RootlessContainer(this.peer, { sandbox: this.id, container: spec.name }, forget);
  }

  /** What one of its containers has written. */
  output(container: string, runs: readonly OutputRun[]): void {
    const deliver = this.#outputs.get(container);
    for (const [stream, lines] of runs) for (const line of lines.split('\n')) deliver?.(stream, line);
  }

  async connect(port: number): Promise<Duplex> {
    try {
      return await this.peer.callForSocket('connect', { sandbox: this.id, port });
    } catch (error) {
      if (error instanceof PeerGone || error instanceof StartFailure)
        throw connectError('ECONNREFUSED', port);
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await this.peer.call('closeSandbox', this.id);
    } catch (error) {
      if (!(error instanceof PeerGone)) throw error; // with the process everything in it has gone
    } finally {
      this.forget();
    }
  }
}

class RootlessContainer implements RunningContainer {
  readonly name: string;
  readonly exited: Promise<Exit>;

  constructor(
    readonly peer: HelperPeer,
    readonly which: Which,
    forget: () => void,
  ) {
    this.name = which.container;
    this.exited = orKilled(peer.call('wait', which)).finally(forget);
  }

  async stop(graceMs: number): Promise<Exit> {
    await orKilled(this.peer.call('stop', { ...this.which, graceMs }));
    return await this.exited;
  }
}

/** What is not known any more has ended: with its process, or before it was asked for. */
async function orKilled(exit: Promise<Exit>): Promise<Exit> {
  try {
    return await exit;
  } catch {
    return KILLED;
  }
}
