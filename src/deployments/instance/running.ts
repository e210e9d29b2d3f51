/** The containers of one sandbox, from the first one's start to the last one's end. */
import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Exit, RunningContainer, Sandbox } from '../../runtime/index.js';
import type { InstanceEnd, RunningInstance } from './types.js';

/** How long containers have to end after SIGTERM (docs "Container runtime contract"). */
export const GRACE_MS = 10_000;

export interface EndRules {
  /** How many containers there are to be. */
  readonly containers: number;
  /** A job's instance goes on when a container has succeeded, until all have. */
  readonly untilAllSucceed: boolean;
}

export class Running implements RunningInstance {
  /** Aborted as soon as the instance ends, before it is cleaned up. */
  readonly over: AbortSignal;
  readonly ended: Promise<InstanceEnd>;
  readonly #over = new AbortController();
  readonly #containers: RunningContainer[] = [];
  readonly #listeners: (() => void)[] = [];
  /** Containers whose readiness probe fails. */
  readonly #unready = new Set<string>();
  #left: number;
  #first: InstanceEnd | undefined;
  #stopping = false;
  #resolve: (end: InstanceEnd) => void = () => undefined;
  #cleanedUp: Promise<void> | undefined;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly rules: EndRules,
    /** Called when a container has ended that nobody had asked to. */
    private readonly report: (container: string, exit: Exit) => void,
    /** Called once everything is cleaned up, or with what went wrong about that. */
    private readonly gone: (error?: unknown) => void,
  ) {
    this.over = this.#over.signal;
    // Every probe of every container listens to it.
    setMaxListeners(0, this.over);
    this.#left = rules.containers;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get id(): string {
    return this.sandbox.id;
  }

  get ready(): boolean {
    return this.#unready.size === 0;
  }

  /** How the first container ended, once one has. */
  get first(): InstanceEnd | undefined {
    return this.#first;
  }

  onReady(listener: () => void): void {
    this.#listeners.push(listener);
  }

  setReady(container: string, ready: boolean): void {
    const before = this.ready;
    if (ready) this.#unready.delete(container);
    else this.#unready.add(container);
    if (this.ready !== before) for (const listener of this.#listeners) listener();
  }

  connect(port: number): Promise<Duplex> {
    return this.sandbox.connect(port);
  }

  add(container: RunningContainer): void {
    this.#containers.push(container);
    void container.exited.then((exit) => this.#exited(container.name, exit));
    // It was being started while the instance was stopped.
    if (this.#stopping) void container.stop(0);
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#over.abort();
    await this.#cleanUp(graceMs);
  }

  /** Kills one container at once: the instance ends with it. */
  async kill(container: string): Promise<void> {
    this.#stopping = true;
    await this.#containers.find(({ name }) => name === container)?.stop(0);
  }

  #exited(container: string, exit: Exit): void {
    if (!this.#stopping) this.report(container, exit);
    this.#left -= 1;
    const failed = exit.code !== 0 || exit.outOfMemory;
    if (this.#first !== undefined) return;
    if (this.rules.untilAllSucceed && !failed && this.#left > 0) return;
    this.#first = { container, exit };
    this.#stopping = true;
    this.#over.abort();
    void this.#cleanUp(GRACE_MS);
  }

  #cleanUp(graceMs: number): Promise<void> {
    this.#cleanedUp ??= this.#end(graceMs);
    return this.#cleanedUp;
  }

  async #end(graceMs: number): Promise<void> {
    await Promise.allSettled(this.#containers.map((container) => container.stop(graceMs)));
    await this.sandbox.close().then(
      () => this.gone(),
      (error: unknown) => this.gone(error),
    );
    this.#resolve(this.#first ?? NEVER_STARTED);
  }
}

/** The end of an instance that was stopped before any container had started. */
const NEVER_STARTED: InstanceEnd = { container: '', exit: { code: 137, outOfMemory: false } };
