/**
 * Instances: a pool per revision. Starts instances when requests need them, holds requests while one starts,
 * bounds them by the revision's maximum, and stops the idle ones.
 */
import { randomBytes } from 'node:crypto';
import type { InstanceOwner } from '../audit/index.js';
import type { Executor, Exit, ImageConfig, Instance, Layer } from '../runtime/index.js';
import { StartFailure } from '../runtime/index.js';
import type { InstanceEvents } from './instance/index.js';
import type { ImportedImage, RevisionRecord } from './model.js';
import { awaitStartup, type ProbeResult } from './probe.js';
import { parseCpu, parseMemory } from './quantity.js';
import { ingressContainer } from './template.js';

/** Cloud Run stops idle instances within 15 minutes (docs "Container instance lifecycle"). */
const IDLE_MS = 15 * 60_000;
const STOP_GRACE_MS = 10_000;

/** A place on an instance for one request. Give it back when the response has ended. */
export interface Lease {
  readonly instance: Instance;
  readonly revision: RevisionRecord;
  release(): void;
}

/** An instance did not come up; `probe` says how, or `error` why it could not even be started. */
export class InstanceFailure extends Error {
  override readonly name = 'InstanceFailure';
  constructor(
    message: string,
    readonly outcome: ProbeResult | { readonly ok: false; readonly cause: 'start' | 'no-runtime' },
  ) {
    super(message);
  }
}

/** Whose instances they are, in the log. */
const ownerOf = ({ project, location, service, name }: RevisionRecord): InstanceOwner => ({
  kind: 'service',
  project,
  location,
  service,
  revision: name,
});

export interface PoolDependencies {
  readonly executor: () => Promise<Executor>;
  readonly openBlob: (digest: string) => Layer['open'];
  readonly events: InstanceEvents;
  /** Milliseconds after which an unused instance is stopped. */
  readonly idleMs?: number;
}

interface Slot {
  readonly instance: Instance;
  inFlight: number;
  idleTimer?: NodeJS.Timeout;
  /** Called when the last request of an instance that takes no new ones has ended. */
  drained?: () => void;
}

function readImageConfig(imported: ImportedImage): ImageConfig {
  const config = imported.config.config;
  return typeof config === 'object' && config !== null && !Array.isArray(config)
    ? (config as ImageConfig)
    : {};
}

/** The container's environment: the image's own, then the service's, then what Cloud Run sets itself. */
function environment(revision: RevisionRecord): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of ingressContainer(revision.template).env)
    if ('value' in entry) env[entry.name] = entry.value;
  return {
    ...env,
    PORT: String(ingressContainer(revision.template).port.number),
    K_SERVICE: revision.service,
    K_REVISION: revision.name,
    K_CONFIGURATION: revision.service,
  };
}

export class Pool {
  #slots: Slot[] = [];
  #starting = new Set<Promise<Slot>>();
  #waiting: { resolve: (slot: Slot) => void; reject: (error: unknown) => void }[] = [];
  #closed = false;
  readonly #abort = new AbortController();

  constructor(
    private readonly revision: RevisionRecord,
    private readonly imported: ImportedImage,
    private readonly deps: PoolDependencies,
  ) {}

  /** The service the pool's revision belongs to. */
  get service(): string {
    return this.revision.service;
  }

  get size(): number {
    return this.#slots.length + this.#starting.size;
  }

  /** Starts an instance unless there is one, and waits until it serves. @throws InstanceFailure */
  async warm(reason: string): Promise<void> {
    if (this.#slots.length === 0) await this.#launch(reason);
  }

  /** A place for one request; waits while an instance starts or all are busy. @throws InstanceFailure */
  async acquire(): Promise<Lease> {
    if (this.#closed)
      throw new InstanceFailure('the revision is being stopped', { ok: false, cause: 'start' });
    const free = this.#slots.find((slot) => slot.inFlight < this.revision.template.concurrency);
    if (free) return this.#lease(free);
    const room = this.#starting.size * this.revision.template.concurrency - this.#waiting.length;
    const slot = new Promise<Slot>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if (room <= 0 && this.size < this.revision.template.maxInstances) {
      this.#launch(
        'AUTOSCALING - Instance started due to a request that no running instance could take.',
      ).catch((error: unknown) => {
        if (this.size === 0) this.#rejectWaiting(error);
      });
    }
    return this.#lease(await slot);
  }

  /**
   * Takes no new requests, lets those under way end, then stops every instance: SIGTERM, ten seconds, SIGKILL.
   * @param drainMs how long requests may go on; the revision's own request timeout when left out
   */
  async close(drainMs = this.revision.template.timeoutSeconds * 1000): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    this.#rejectWaiting(new InstanceFailure('the revision is being stopped', { ok: false, cause: 'start' }));
    await Promise.allSettled(this.#starting);
    await Promise.allSettled(this.#slots.map((slot) => this.#retire(slot, drainMs)));
  }

  #rejectWaiting(error: unknown): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  #lease(slot: Slot): Lease {
    clearTimeout(slot.idleTimer);
    slot.inFlight += 1;
    let held = true;
    return {
      instance: slot.instance,
      revision: this.revision,
      release: () => {
        if (!held) return;
        held = false;
        slot.inFlight -= 1;
        this.#serveWaiting(slot);
        if (slot.inFlight > 0) return;
        if (slot.drained) slot.drained();
        else this.#armIdle(slot);
      },
    };
  }

  #serveWaiting(slot: Slot): void {
    let room = this.revision.template.concurrency - slot.inFlight;
    // A waiter takes its place in a later microtask, so room is counted here.
    while (room-- > 0) {
      const next = this.#waiting.shift();
      if (!next) return;
      next.resolve(slot);
    }
  }

  #armIdle(slot: Slot): void {
    slot.idleTimer = setTimeout(() => {
      if (slot.inFlight === 0 && this.#slots.length > this.revision.template.minInstances)
        void this.#retire(slot, 0);
    }, this.deps.idleMs ?? IDLE_MS);
    slot.idleTimer.unref();
  }

  async #retire(slot: Slot, drainMs: number): Promise<void> {
    clearTimeout(slot.idleTimer);
    this.#slots = this.#slots.filter((other) => other !== slot);
    if (slot.inFlight > 0) {
      await new Promise<void>((resolve) => {
        slot.drained = resolve;
        setTimeout(resolve, drainMs).unref();
        void slot.instance.exited.then(() => resolve());
      });
    }
    await slot.instance.stop(STOP_GRACE_MS);
  }

  async #launch(reason: string): Promise<Slot> {
    const starting = this.#start(reason);
    this.#starting.add(starting);
    try {
      const slot = await starting;
      this.#slots.push(slot);
      this.#serveWaiting(slot);
      if (slot.inFlight === 0) this.#armIdle(slot);
      return slot;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async #start(reason: string): Promise<Slot> {
    const { revision, imported, deps } = this;
    const container = ingressContainer(revision.template);
    const id = `${revision.name}-${randomBytes(4).toString('hex')}`;
    const executor = await deps.executor();
    const layers = imported.layers.map((layer) => ({ ...layer, open: deps.openBlob(layer.digest) }));
    deps.events.system(ownerOf(revision), id, 'INFO', `Starting new instance. Reason: ${reason}`);
    const instance = await this.#create(executor, layers, id);
    const result = await awaitStartup(instance, container, this.#abort.signal);
    if (!result.ok) {
      await this.#reportFailedStart(instance, id, result);
      throw new InstanceFailure(`instance ${id} did not start: ${result.cause}`, result);
    }
    const kind = container.startupProbe ? 'STARTUP' : 'Default STARTUP';
    const check = container.startupProbe?.check.kind === 'http' ? 'HTTP' : 'TCP';
    deps.events.system(
      ownerOf(revision),
      id,
      'INFO',
      `${kind} ${check} probe succeeded after 1 attempt for container "${container.name}" on port ${container.port.number}.`,
    );
    const slot: Slot = { instance, inFlight: 0 };
    void instance.exited.then((exit) => {
      if (!this.#slots.includes(slot)) return;
      this.#slots = this.#slots.filter((other) => other !== slot);
      this.#reportExit(id, exit);
    });
    return slot;
  }

  #reportExit(id: string, exit: Exit): void {
    const { revision, deps } = this;
    const { memory } = ingressContainer(revision.template);
    if (exit.outOfMemory) {
      const advice = 'see https://cloud.google.com/run/docs/configuring/memory-limits';
      const text = `Memory limit of ${memory} exceeded. Consider increasing the memory limit, ${advice}`;
      deps.events.system(ownerOf(revision), id, 'ERROR', text);
    } else {
      deps.events.system(ownerOf(revision), id, 'WARNING', `Container called exit(${exit.code}).`);
    }
  }

  async #create(executor: Executor, layers: readonly Layer[], id: string): Promise<Instance> {
    const { revision, imported, deps } = this;
    const container = ingressContainer(revision.template);
    try {
      await executor.prepare(layers);
      return await executor.start({
        id,
        layers,
        config: readImageConfig(imported),
        ...(container.command.length > 0 ? { command: container.command } : {}),
        ...(container.args.length > 0 || container.command.length > 0 ? { args: container.args } : {}),
        env: environment(revision),
        cpu: parseCpu(container.cpu) ?? 1,
        memoryBytes: parseMemory(container.memory) ?? 512 * 2 ** 20,
        hostname: 'localhost',
        ports: [
          ...new Set([container.port.number, container.startupProbe?.check.port ?? container.port.number]),
        ],
        onOutput: (stream, line) => deps.events.output(ownerOf(revision), id, undefined, stream, line),
      });
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      deps.events.system(ownerOf(revision), id, 'ERROR', error.message);
      throw new InstanceFailure(error.message, {
        ok: false,
        cause: executor.name === 'none' ? 'no-runtime' : 'start',
      });
    }
  }

  async #reportFailedStart(
    instance: Instance,
    id: string,
    result: Extract<ProbeResult, { ok: false }>,
  ): Promise<void> {
    const { revision, deps } = this;
    const container = ingressContainer(revision.template);
    const kind = container.startupProbe ? 'STARTUP' : 'Default STARTUP';
    const check = container.startupProbe?.check.kind === 'http' ? 'HTTP' : 'TCP';
    if (result.cause === 'exit') this.#reportExit(id, result.exit);
    const failures = result.cause === 'exit' ? 1 : (container.startupProbe?.failureThreshold ?? 1);
    const times = failures === 1 ? '1 time' : `${failures} times`;
    await instance.stop(result.cause === 'exit' ? 0 : STOP_GRACE_MS);
    if (this.#closed) return;
    deps.events.system(
      ownerOf(revision),
      id,
      'ERROR',
      `${kind} ${check} probe failed ${times} consecutively for container "${container.name}" on port ${container.port.number}. The instance was not started. Connection failed with status ${result.cause === 'exit' ? 'CANCELLED' : 'DEADLINE_EXCEEDED'}.`,
    );
  }
}
