/** The executor of an ordinary user: everything it is asked for happens in the process inside the namespaces. */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Footing } from '../footing.js';
import { describeExecutor, type OciRuntime } from '../oci/index.js';
import type { RuntimeLimits } from '../oci/limits.js';
import {
  type ContainerNetwork,
  type Executor,
  type Layer,
  type Sandbox,
  type SandboxSpec,
  StartFailure,
} from '../types.js';
import { LayerSources } from './layer-sources.js';
import { NamespaceProcess } from './namespace-process.js';
import { type Handlers, PeerGone } from './peer.js';
import type { PlaneCalls } from './protocol.js';
import { RootlessSandbox } from './sandbox.js';

export interface RootlessExecutorOptions {
  /** Existing directory; everything is kept in `runtime` below it. */
  readonly dataDir: string;
  readonly onWarning: (message: string) => void;
  /** Words that run a command in new namespaces, and what these give. */
  readonly namespaces: { readonly command: readonly string[]; readonly footing: Footing };
  /** Leave nothing for the next start: files may belong to ids that only the namespaces may remove. */
  readonly temporary: boolean;
  /** What containers reach beside each other; nothing when left out. */
  readonly network?: ContainerNetwork;
  readonly limits?: Partial<RuntimeLimits>;
}

export class RootlessExecutor implements Executor {
  readonly name = 'oci';
  readonly describe: string;
  readonly #dataDir: string;
  readonly #sources = new LayerSources();
  readonly #sandboxes = new Map<string, RootlessSandbox>();
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

  async open(spec: SandboxSpec): Promise<Sandbox> {
    if (this.#sandboxes.has(spec.id)) throw new StartFailure(`sandbox ${spec.id} is open already`);
    const { peer } = await this.#namespaces();
    const sandbox = new RootlessSandbox(spec.id, peer, this.#sources, () => this.#forget(sandbox));
    this.#sandboxes.set(spec.id, sandbox);
    try {
      await peer.call('openSandbox', spec);
      return sandbox;
    } catch (error) {
      this.#forget(sandbox);
      if (!(error instanceof PeerGone)) throw error;
      throw new StartFailure(`the container could not be started: ${error.message}`);
    }
  }

  /** Only where something may have been left: a new data directory costs nothing. */
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

  #forget(sandbox: RootlessSandbox): void {
    if (this.#sandboxes.get(sandbox.id) === sandbox) this.#sandboxes.delete(sandbox.id);
  }

  async #open(): Promise<NamespaceProcess> {
    const { limits = {}, namespaces, network } = this.options;
    const opening = {
      ...{ runtime: this.runtime, dataDir: this.#dataDir, footing: namespaces.footing, limits },
      googleHosts: network?.googleHosts,
    };
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
    this.#sandboxes.clear();
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
      output: async ({ sandbox, container, runs }) => this.#sandboxes.get(sandbox)?.output(container, runs),
      accept: async ({ sandbox, peer }, { given }) => {
        if (given === undefined) return; // its other end has gone on the way
        const { network } = this.options;
        if (network === undefined) given.destroy();
        else network.accept(sandbox, peer, given);
      },
      warn: async (message) => this.options.onWarning(message),
    };
  }
}
