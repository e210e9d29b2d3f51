/** Revisions that are coming up: one bring-up each, given up as soon as nobody wants the revision any longer. */
import type { Log } from '../audit/index.js';
import { type Store, VersionConflict } from '../store/index.js';
import { type BringUpDependencies, bringUp, crashed } from './bring-up.js';
import { type ObjectViews, revisionEvent } from './events.js';
import { keys, type RevisionRecord, type ServiceKey } from './model.js';

export interface ComingUpDependencies extends BringUpDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly views: ObjectViews;
  /**
   * Called when a bring-up has ended, whichever way: the service has to be looked at again, soon when what came of it
   * could not be recorded.
   */
  readonly ended: (service: ServiceKey, recorded: boolean) => void;
  readonly onError: (error: unknown) => void;
}

interface BringUp {
  readonly service: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** A pending revision, as it is stored. */
export interface PendingRevision {
  readonly value: RevisionRecord;
  readonly version: number;
}

export class ComingUp {
  readonly #running = new Map<string, BringUp>();

  constructor(private readonly deps: ComingUpDependencies) {}

  /** Brings up these revisions of a service, and gives up all its others. What is under way already goes on. */
  only(service: ServiceKey, wanted: readonly PendingRevision[]): void {
    const ids = new Set(wanted.map(({ value }) => idOf(value)));
    for (const [id, running] of this.#running) {
      if (running.service === keys.service(service) && !ids.has(id)) running.abort.abort();
    }
    for (const revision of wanted)
      if (!this.#running.has(idOf(revision.value))) this.#start(service, revision);
  }

  /** Gives up everything; nothing of it is recorded, so that the next start takes it up again. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  #start(service: ServiceKey, revision: PendingRevision): void {
    const id = idOf(revision.value);
    const abort = new AbortController();
    const done = this.#bringUp(revision, abort.signal).then(
      () => this.#ended(id, service, true),
      (error: unknown) => {
        this.deps.onError(error);
        this.#ended(id, service, false);
      },
    );
    this.#running.set(id, { service: keys.service(service), abort, done });
  }

  #ended(id: string, service: ServiceKey, recorded: boolean): void {
    this.#running.delete(id);
    this.deps.ended(service, recorded);
  }

  async #bringUp({ value, version }: PendingRevision, signal: AbortSignal): Promise<void> {
    const { store, log, views, clock, onError } = this.deps;
    const revision = await bringUp(value, this.deps, signal).catch((error: unknown) => {
      if (!signal.aborted) onError(error);
      return crashed(value, error, clock());
    });
    if (signal.aborted) return;
    const time = clock();
    try {
      await store.commit([
        { op: 'put', key: idOf(value), value: revision, ifVersion: version },
        ...(revision.state === 'failed'
          ? log.writes(value.project, [revisionEvent(revision, views, time)], time)
          : []),
      ]);
    } catch (error) {
      // The revision went with its service meanwhile.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
}

const idOf = ({ project, location, name }: RevisionRecord) => keys.revision(project, location, name);
