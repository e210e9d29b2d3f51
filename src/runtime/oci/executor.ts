/** The executor that drives crun or runc on this machine: as root, or as the root of a user namespace. */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Footing, ROOT } from '../footing.js';
import { LayerStore } from '../layers/index.js';
import { enterPrivateMountNamespace, hideHybridCgroup2 } from '../linux/index.js';
import { openSandboxNetwork, type SandboxNetwork } from '../network/index.js';
import {
  type ContainerNetwork,
  type Executor,
  type Layer,
  type SandboxSpec,
  StartFailure,
} from '../types.js';
import { Cgroups } from './cgroups.js';
import type { Surroundings } from './container.js';
import { DEFAULT_LIMITS, type RuntimeLimits } from './limits.js';
import { type OciRuntime, RuntimeCommands } from './oci-runtime.js';
import { findLeftovers, reapLeftovers } from './reap.js';
import { type OciSandbox, openSandbox, sandboxOf } from './sandbox.js';

export interface OciExecutorOptions {
  /** Existing directory; everything is kept in `runtime` below it. */
  readonly dataDir: string;
  readonly onWarning: (message: string) => void;
  /** Root when not said. In a namespace, this process is its only inhabitant with a mount namespace of its own. */
  readonly footing?: Footing;
  /** What containers reach beside each other; nothing when left out. */
  readonly network?: ContainerNetwork;
  readonly limits?: Partial<RuntimeLimits>;
}

export class OciExecutor implements Executor {
  readonly name = 'oci';
  readonly describe: string;
  readonly #around: Surroundings;
  readonly #network: SandboxNetwork;
  readonly #open = new Map<string, Promise<OciSandbox>>();
  #closed = false;
  #entered = false;

  constructor(runtime: OciRuntime, options: OciExecutorOptions) {
    const dataDir = realpathSync(options.dataDir);
    const root = join(dataDir, 'runtime');
    const footing = options.footing ?? ROOT;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const hash = createHash('sha256').update(dataDir).digest('hex');
    const cgroups = new Cgroups(`sekisho-${hash.slice(0, 12)}`, footing);
    this.describe = describeExecutor(runtime, footing, cgroups.available);
    this.#network = openSandboxNetwork({ network: options.network, onWarning: options.onWarning });
    this.#around = {
      commands: new RuntimeCommands(runtime, join(root, 'state'), cgroups.available, limits),
      cgroups,
      footing,
      layers: new LayerStore(join(root, 'layers'), footing),
      instances: join(root, 'instances'),
      maxOpenFiles: ownOpenFilesLimit(),
      onWarning: options.onWarning,
    };
  }

  async prepare(layers: readonly Layer[]): Promise<void> {
    await this.#around.layers.prepare(layers);
  }

  async open(spec: SandboxSpec): Promise<OciSandbox> {
    if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(spec.id))
      throw new StartFailure(`${spec.id} is not a sandbox's id`);
    if (this.#open.has(spec.id)) throw new StartFailure(`sandbox ${spec.id} is open already`);
    if (this.#closed) throw new StartFailure('the plane is shutting down');
    const opening = this.#enter().then(() => openSandbox(this.#around, this.#network, spec));
    this.#open.set(spec.id, opening);
    const forget = () => this.#open.delete(spec.id);
    opening.then((sandbox) => sandbox.closed.then(forget), forget);
    return await opening;
  }

  async reap(): Promise<void> {
    await this.#around.layers.reap();
    const left = findLeftovers(this.#around);
    for (const id of left) if (this.#open.has(sandboxOf(id))) left.delete(id);
    if (left.size > 0) {
      await this.#enter();
      await reapLeftovers(this.#around, left);
    }
    if (this.#open.size === 0) await this.#around.cgroups.removeAll();
  }

  /** Ends what still runs: who wants to give it time stops it first. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = await Promise.allSettled(this.#open.values());
    await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
    await this.#network.close();
    await this.#around.cgroups.removeAll();
  }

  /** The first time only: the plane's start does not wait for what it may never use. */
  async #enter(): Promise<void> {
    if (this.#entered) return;
    try {
      if (this.#around.footing.kind === 'root') enterPrivateMountNamespace();
      else hideHybridCgroup2();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartFailure(`containers cannot be run: no private mount namespace (${reason})`);
    }
    await mkdir(this.#around.commands.stateRoot, { recursive: true, mode: 0o700 });
    this.#entered = true;
  }
}

/** e.g. `crun 1.8.1 as root`, with what this machine does not allow. */
export function describeExecutor({ version }: OciRuntime, footing: Footing, limited: boolean): string {
  const unlimited = limited ? '' : '; memory and CPU limits are not enforced';
  if (footing.kind === 'root') return `${version} as root${unlimited}`;
  const everybody = footing.ids === 'one' ? '; whatever their USER, containers run as uid 0 of that' : '';
  return `${version} as an ordinary user, in a user namespace${everybody}${unlimited}`;
}

/** The hard limit: without CAP_SYS_RESOURCE no process of ours can have a higher one. */
function ownOpenFilesLimit(): number {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  const limit = Number(line?.[1]);
  return Number.isInteger(limit) ? limit : Number.MAX_SAFE_INTEGER;
}
