/** The executor of an ordinary user: everything it is asked for happens in the process inside the namespaces. */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Footing } from '../footing.js';
import { connectError } from '../linux/index.js';
import { describeExecutor, type OciRuntime } from '../oci/index.js';
import type { RuntimeLimits } from '../oci/limits.js';
import {
  type Executor,
  type Exit,
  type Instance,
  type InstanceSpec,
  type Layer,
  type Sandbox,
  type SandboxSpec,
  StartFailure,
} from '../types.js';
import { LayerSources } from './layer-sources.js';
import { NamespaceProcess } from './namespace-process.js';
import { type Handlers, PeerGone } from './peer.js';
import type { PlaneCalls, RemoteSpec } from './protocol.js';

export interface RootlessExecutorOptions {
  /** Existing directory; everything is kept in `runtime` below it. */
  readonly dataDir: string;
  readonly onWarning: (message: string) => void;
  /** Words that run a command in new namespaces, and what these give. */
  readonly namespaces: { readonly command: readonly string[]; readonly footing: Footing };
  /** Leave nothing for the next start: files may belong to ids that only the namespaces may remove. */
  readonly temporary: boolean;
  readonly limits?: Partial<RuntimeLimits>;
}

/** As after SIGKILL: what the kernel does to the containers when the first process of their namespace ends. */
const KILLED: Exit = { code: 137, outOfMemory: false };

export class RootlessExecutor implements Executor {
  readonly name = 'oci';
  readonly describe: string;
  readonly #dataDir: string;
  readonly #sources = new LayerSources();
  readonly #outputs = new Map<string, InstanceSpec['onOutput']>();
  #process: Promise<NamespaceProcess> | undefined;
  #closed = false;

  constructor(
    readonly runtime: OciRuntime,
    readonly options: RootlessExecutorOptions,
  ) {
    this.#dataDir = realpathSync(options.dataDir);
    this.describe = describeExecutor(runtime, options.namespaces.footing, false);
  }

  async prepare(layers: readonly Layer[]): Promise<void> {
    const { peer } = await this.#namespaces();
    const remote = this.#sources.offer(layers);
    try {
      await peer.call('prepare', remote.layers);
    } finally {
      remote.withdraw();
    }
  }

  async start(spec: InstanceSpec): Promise<Instance> {
    if (this.#outputs.has(spec.id)) throw new StartFailure(`instance ${spec.id} runs already`);
    const { layers, onOutput, ...rest } = spec;
    const { peer } = await this.#namespaces();
    const remote = this.#sources.offer(layers);
    this.#outputs.set(spec.id, onOutput);
    try {
      const remoteSpec: RemoteSpec = { ...rest, layers: remote.layers };
      await peer.call('start', remoteSpec);
    } catch (error) {
      this.#outputs.delete(spec.id);
      if (error instanceof PeerGone)
        throw new StartFailure(`the container could not be started: ${error.message}`);
      throw error;
    } finally {
      remote.withdraw();
    }
    return new RootlessInstance(spec.id, peer, () => this.#outputs.delete(spec.id));
  }

  /** Only where something may have been left: a new data directory costs nothing. */
  async open(spec: SandboxSpec): Promise<Sandbox> {
    throw new StartFailure(`sandbox ${spec.id}: not served yet`);
  }

  async reap(): Promise<void> {
    if (existsSync(this.#root)) await this.#namespaces();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const namespaces = await this.#process?.catch(() => undefined);
    await namespaces?.close(this.options.temporary);
  }

  get #root(): string {
    return join(this.#dataDir, 'runtime');
  }

  /** The process that there is, or a new one, where there was none or it has ended. @throws StartFailure */
  async #namespaces(): Promise<NamespaceProcess> {
    if (this.#closed) throw new StartFailure('the plane is shutting down');
    const current = await this.#process;
    if (current?.isThere === true) return current;
    await current?.ended; // it tells of its end first
    this.#process ??= this.#open();
    return await this.#process;
  }

  async #open(): Promise<NamespaceProcess> {
    const { limits = {}, namespaces } = this.options;
    const opening = { runtime: this.runtime, dataDir: this.#dataDir, footing: namespaces.footing, limits };
    try {
      mkdirSync(this.#root, { recursive: true, mode: 0o700 });
      const started = await NamespaceProcess.start(namespaces.command, this.#root, opening, this.#handlers());
      void started.ended.then(() => this.#ended(started));
      return started;
    } catch (error) {
      this.#process = undefined;
      const message = error instanceof Error ? error.message : String(error);
      this.options.onWarning(message);
      throw new StartFailure(message);
    }
  }

  #ended({ lastWords }: NamespaceProcess): void {
    this.#process = undefined;
    this.#sources.clear();
    if (!this.#closed) {
      const said = lastWords === '' ? '' : `; it said: ${lastWords}`;
      this.options.onWarning(
        `the process in the user namespace has ended, and with it all containers${said}`,
      );
    }
  }

  #handlers(): Handlers<PlaneCalls> {
    return {
      read: async ({ source, reading }) => await this.#sources.read(source, reading),
      leave: async (reading) => this.#sources.leave(reading),
      output: async ({ id, runs }) => {
        const deliver = this.#outputs.get(id);
        for (const [stream, lines] of runs) for (const line of lines.split('\n')) deliver?.(stream, line);
      },
      warn: async (message) => this.options.onWarning(message),
    };
  }
}

type HelperPeer = NamespaceProcess['peer'];

class RootlessInstance implements Instance {
  readonly exited: Promise<Exit>;

  constructor(
    readonly id: string,
    readonly peer: HelperPeer,
    forget: () => void,
  ) {
    this.exited = orKilled(peer.call('wait', id)).finally(forget);
  }

  async connect(port: number): Promise<Duplex> {
    try {
      return await this.peer.callForSocket('connect', { id: this.id, port });
    } catch (error) {
      if (error instanceof PeerGone || error instanceof StartFailure)
        throw connectError('ECONNREFUSED', port);
      throw error;
    }
  }

  async stop(graceMs: number): Promise<Exit> {
    await orKilled(this.peer.call('stop', { id: this.id, graceMs }));
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
