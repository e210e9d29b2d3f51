/**
 * The instances of one worker pool: as many of each revision as its split says. New ones come up before old ones stop,
 * what dies is started again, at once after a long life and ever later otherwise.
 */
import { randomBytes } from 'node:crypto';
import {
  GRACE_MS,
  type InstanceDependencies,
  InstanceFailure,
  type RunningInstance,
  startInstance,
} from '../instance/index.js';
import { Later } from '../later.js';
import type { ImportedImages, WorkerPoolRevisionRecord } from '../model.js';
import { reasons } from '../pool/index.js';

/** A revision whose images are there. */
export type Runnable = WorkerPoolRevisionRecord & { readonly imported: ImportedImages };

/** An instance that has lived this long did not die of its start: the next one starts at once. */
const LONG_LIFE_MS = 60_000;
/** Instances of one pool that start at the same time. */
const STARTS_AT_ONCE = 4;

/** What is to run. */
export interface Wanted {
  readonly revision: Runnable;
  readonly count: number;
}

/** The instances of one revision. */
class Crew {
  readonly running = new Set<RunningInstance>();
  readonly starting = new Map<Promise<unknown>, AbortController>();
  /** While it waits to start again what died. */
  resting = false;
  /** What is to run of it; 0 once it is to go. */
  count = 0;

  constructor(public revision: Runnable) {}
}

export class Fleet {
  readonly #crews = new Map<string, Crew>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #later = new Later();
  /** Revisions whose first instance is started by a deploy, or has been and is not in any split yet. */
  #comingUp: ReadonlySet<string> = new Set();
  #closed = false;

  constructor(
    private readonly deps: InstanceDependencies,
    private readonly onError: (error: unknown) => void,
  ) {}

  /**
   * Has these instances run and no others.
   * @param comingUp the names of revisions that are coming up: what runs of them stays
   */
  want(wanted: readonly Wanted[], comingUp: ReadonlySet<string>): void {
    this.#comingUp = comingUp;
    const names = new Set(wanted.map(({ revision }) => revision.name));
    for (const [name, crew] of this.#crews) if (!names.has(name)) crew.count = 0;
    for (const { revision, count } of wanted) this.#crewOf(revision).count = count;
    this.#adjust();
  }

  /** Starts an instance of a revision that is coming up, unless one runs. @throws InstanceFailure, BadLayer */
  async first(revision: Runnable, signal: AbortSignal): Promise<void> {
    const crew = this.#crewOf(revision);
    if (crew.running.size === 0) await this.#start(crew, reasons.rollout, signal);
  }

  /** Stops everything and starts nothing any longer. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#later.close();
    for (const crew of this.#crews.values()) {
      crew.count = 0;
      for (const abort of crew.starting.values()) abort.abort();
      await Promise.allSettled(crew.starting.keys());
      for (const instance of crew.running) this.#stop(crew, instance);
    }
    await Promise.allSettled(this.#stopping);
  }

  /** Resolves when what is to stop has stopped. */
  async stopped(): Promise<void> {
    await Promise.allSettled(this.#stopping);
  }

  #crewOf(revision: Runnable): Crew {
    const known = this.#crews.get(revision.name);
    if (known) return known;
    const crew = new Crew(revision);
    this.#crews.set(revision.name, crew);
    return crew;
  }

  /** Looks at what runs and what is to run, and takes the next steps from one to the other. */
  #adjust(): void {
    if (this.#closed) return;
    const crews = [...this.#crews.values()];
    let starts = STARTS_AT_ONCE - sum(crews, ({ starting }) => starting.size);
    for (const crew of crews) {
      const missing = crew.count - crew.running.size - crew.starting.size;
      for (let n = 0; n < missing && starts > 0 && !crew.resting; n++, starts--) this.#replace(crew);
      if (crew.count === 0 && !this.#isComingUp(crew)) {
        for (const abort of crew.starting.values()) abort.abort();
        if (isIdle(crew)) this.#crews.delete(crew.revision.name);
      }
    }
    this.#stopSuperfluous(crews);
  }

  /** Old instances stop only as new ones have come up for them. */
  #stopSuperfluous(crews: readonly Crew[]): void {
    let spare = sum(crews, ({ running }) => running.size) - sum(crews, ({ count }) => count);
    for (const crew of crews) {
      if (this.#isComingUp(crew)) continue;
      for (const instance of [...crew.running].slice(crew.count)) {
        if (spare-- <= 0) return;
        this.#stop(crew, instance);
      }
    }
  }

  #isComingUp(crew: Crew): boolean {
    return this.#comingUp.has(crew.revision.name);
  }

  #replace(crew: Crew): void {
    this.#start(crew, reasons.minimum).then(
      () => this.#adjust(),
      (error: unknown) => {
        if (crew.count === 0 || this.#closed) return;
        // Why it failed is in the pool's log, unless it is the plane's own failure.
        if (!(error instanceof InstanceFailure)) this.onError(error);
        this.#rest(crew);
        this.#adjust();
      },
    );
  }

  /** Lets the crew wait, longer with each death in a row. */
  #rest(crew: Crew): void {
    crew.resting = true;
    this.#later.again(crew.revision.name, () => {
      crew.resting = false;
      this.#adjust();
    });
  }

  async #start(crew: Crew, reason: string, signal?: AbortSignal): Promise<void> {
    if (this.#closed) throw new InstanceFailure('the worker pool is gone', { cause: 'stopped' });
    const abort = new AbortController();
    const starting = startInstance(
      this.#request(crew.revision, reason),
      this.deps,
      signal === undefined ? abort.signal : AbortSignal.any([abort.signal, signal]),
    );
    crew.starting.set(starting, abort);
    try {
      const instance = await starting;
      const began = performance.now();
      crew.running.add(instance);
      void instance.ended.then(() => this.#ended(crew, instance, performance.now() - began));
    } finally {
      crew.starting.delete(starting);
    }
  }

  #ended(crew: Crew, instance: RunningInstance, lifeMs: number): void {
    // What was stopped is no longer among what runs.
    if (!crew.running.delete(instance) || this.#closed) return;
    if (lifeMs >= LONG_LIFE_MS) this.#later.worked(crew.revision.name);
    else this.#rest(crew);
    this.#adjust();
  }

  #stop(crew: Crew, instance: RunningInstance): void {
    crew.running.delete(instance);
    const stopping = instance.stop(GRACE_MS).catch(this.onError);
    this.#stopping.add(stopping);
    void stopping.then(() => {
      this.#stopping.delete(stopping);
      this.#adjust();
    });
  }

  #request(revision: Runnable, reason: string) {
    const { project, location, workerPool, name, projectNumber, template, imported } = revision;
    return {
      id: `${name}-${randomBytes(4).toString('hex')}`,
      owner: { kind: 'workerPool', project, location, workerPool, revision: name },
      projectNumber,
      template,
      imported,
      environment: () => ({ CLOUD_RUN_WORKER_POOL: workerPool, CLOUD_RUN_WORKER_POOL_REVISION: name }),
      defaultStartupProbe: false,
      reason,
    } as const;
  }
}

const isIdle = ({ running, starting }: Crew): boolean => running.size === 0 && starting.size === 0;

const sum = (crews: readonly Crew[], of: (crew: Crew) => number): number =>
  crews.reduce((total, crew) => total + of(crew), 0);
