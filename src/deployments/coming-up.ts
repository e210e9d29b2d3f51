/** Revisions that are coming up: one bring-up each, given up as soon as nobody wants the revision any longer. */
import type { Log, NewLogEntry } from '../audit/index.js';
import { type Store, VersionConflict } from '../store/index.js';
import type { AnyRevision, InstanceTemplate, ResourceKey, Stored } from './model.js';
import { crashed } from './revision-outcome.js';

type Anyone = AnyRevision<InstanceTemplate>;

export interface ComingUpDependencies<R extends Anyone> {
  readonly store: Store;
  readonly log: Log;
  readonly clock: () => Date;
  /** Where such revisions lie. */
  readonly rowKey: (key: ResourceKey) => string;
  /**
   * Takes a pending revision as far as it goes.
   * @param signal nobody wants the revision any longer: what comes of it then says nothing about it
   * @returns the revision, ready or failed, with its conditions; not stored yet
   */
  readonly bringUp: (revision: R, signal: AbortSignal) => Promise<R>;
  /** The entry of a revision that failed. */
  readonly failedEntry: (revision: R, time: Date) => NewLogEntry;
  /**
   * Called when a bring-up has ended, whichever way: the owner has to be looked at again, soon when what came of it
   * could not be recorded.
   */
  readonly ended: (owner: ResourceKey, recorded: boolean) => void;
  readonly onError: (error: unknown) => void;
}

interface BringUp {
  readonly owner: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

const ownerId = ({ project, location, name }: ResourceKey) => `${project}/${location}/${name}`;

export class ComingUp<R extends Anyone> {
  readonly #running = new Map<string, BringUp>();

  constructor(private readonly deps: ComingUpDependencies<R>) {}

  /** Brings up these revisions of an owner, and gives up all its others. What is under way already goes on. */
  only(owner: ResourceKey, wanted: readonly Stored<R>[]): void {
    const ids = new Set(wanted.map(({ value }) => this.deps.rowKey(value)));
    for (const [id, running] of this.#running) {
      if (running.owner === ownerId(owner) && !ids.has(id)) running.abort.abort();
    }
    for (const revision of wanted)
      if (!this.#running.has(this.deps.rowKey(revision.value))) this.#start(owner, revision);
  }

  /** Gives up everything; nothing of it is recorded, so that the next start takes it up again. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  #start(owner: ResourceKey, revision: Stored<R>): void {
    const id = this.deps.rowKey(revision.value);
    const abort = new AbortController();
    const done = this.#bringUp(revision, abort.signal).then(
      () => this.#ended(id, owner, true),
      (error: unknown) => {
        this.deps.onError(error);
        this.#ended(id, owner, false);
      },
    );
    this.#running.set(id, { owner: ownerId(owner), abort, done });
  }

  #ended(id: string, owner: ResourceKey, recorded: boolean): void {
    this.#running.delete(id);
    this.deps.ended(owner, recorded);
  }

  async #bringUp({ value, version }: Stored<R>, signal: AbortSignal): Promise<void> {
    const { store, log, rowKey, bringUp, failedEntry, clock, onError } = this.deps;
    const revision = await bringUp(value, signal).catch((error: unknown) => {
      if (!signal.aborted) onError(error);
      return crashed(value, error, clock());
    });
    if (signal.aborted) return;
    const time = clock();
    try {
      await store.commit([
        { op: 'put', key: rowKey(value), value: revision, ifVersion: version },
        ...(revision.state === 'failed'
          ? log.writes(value.project, [failedEntry(revision, time)], time)
          : []),
      ]);
    } catch (error) {
      // The revision went with its owner meanwhile.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
}
