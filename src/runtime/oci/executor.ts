/** The executor that drives crun or runc on this machine: as root, or as the root of a user namespace. */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Footing, ROOT } from '../footing.js';
import { LayerStore } from '../layers/index.js';
import { enterPrivateMountNamespace, hideHybridCgroup2 } from '../linux/index.js';
import {
  type Executor,
  type InstanceSpec,
  type Layer,
  type Sandbox,
  type SandboxSpec,
  StartFailure,
} from '../types.js';
import { Cgroups } from './cgroups.js';
import { type InstanceSurroundings, type OciInstance, startInstance } from './instance.js';
import { DEFAULT_LIMITS, type RuntimeLimits } from './limits.js';
import { type OciRuntime, RuntimeCommands } from './oci-runtime.js';
import { findInstances, reapInstances } from './reap.js';

export interface OciExecutorOptions {
  /** Existing directory; everything is kept in `runtime` below it. */
  readonly dataDir: string;
  readonly onWarning: (message: string) => void;
  /** Root when not said. In a namespace, this process is its only inhabitant with a mount namespace of its own. */
  readonly footing?: Footing;
  readonly limits?: Partial<RuntimeLimits>;
}

export class OciExecutor implements Executor {
  readonly name = 'oci';
  readonly describe: string;
  readonly #layers: LayerStore;
  readonly #around: InstanceSurroundings;
  readonly #running = new Map<string, Promise<OciInstance>>();
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
    this.#layers = new LayerStore(join(root, 'layers'), footing);
    this.#around = {
      commands: new RuntimeCommands(runtime, join(root, 'state'), cgroups.available, limits),
      cgroups,
      footing,
      instances: join(root, 'instances'),
      maxOpenFiles: ownOpenFilesLimit(),
      onWarning: options.onWarning,
    };
  }

  async prepare(layers: readonly Layer[]): Promise<void> {
    await this.#layers.prepare(layers);
  }

  /** @param room pending while `onOutput` can take no more: then the container waits when it writes */
  async start(spec: InstanceSpec, room?: () => Promise<void> | undefined): Promise<OciInstance> {
    if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(spec.id))
      throw new StartFailure(`${spec.id} is not an instance id`);
    if (this.#running.has(spec.id)) throw new StartFailure(`instance ${spec.id} runs already`);
    if (this.#closed) throw new StartFailure('the plane is shutting down');
    const starting = this.#start(spec, room);
    this.#running.set(spec.id, starting);
    const forget = () => this.#running.delete(spec.id);
    starting.then((instance) => instance.exited.then(forget), forget);
    return await starting;
  }

  async open(spec: SandboxSpec): Promise<Sandbox> {
    throw new StartFailure(`sandbox ${spec.id}: not served yet`);
  }

  async reap(): Promise<void> {
    await this.#layers.reap();
    const left = findInstances(this.#around);
    for (const id of this.#running.keys()) left.delete(id);
    if (left.size > 0) {
      await this.#enter();
      await reapInstances(this.#around, left);
    }
    if (this.#running.size === 0) await this.#around.cgroups.removeAll();
  }

  /** Ends what still runs: who wants to give it time stops it first. */
  async close(): Promise<void> {
    this.#closed = true;
    const instances = await Promise.allSettled(this.#running.values());
    const started = instances.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    await Promise.all(started.map((instance) => instance.stop(0)));
    await this.#around.cgroups.removeAll();
  }

  async #start(spec: InstanceSpec, room?: () => Promise<void> | undefined): Promise<OciInstance> {
    await this.#layers.prepare(spec.layers);
    await this.#enter();
    const layers = spec.layers.map((layer) => this.#layers.pathOf(layer));
    return await startInstance(this.#around, spec, layers, room);
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
