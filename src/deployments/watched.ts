/**
 * Level-triggered work on stored resources: each is looked at when its row has changed, and when somebody wakes it;
 * never twice at a time, and again after a while when a look failed. What has to be done is read off the store at each
 * look, so work may be killed at any point and goes on after a restart.
 */
import type { Store } from '../store/index.js';
import { Later } from './later.js';
import type { ResourceKey } from './model.js';

export interface WatchedOptions {
  readonly store: Store;
  /** The collection's keys, `run/KIND/PROJECT/LOCATION/NAME`, begin with this. */
  readonly prefix: string;
  /** Does what the stored state asks for. Called for a row that is gone, too. */
  readonly look: (key: ResourceKey) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const idOf = ({ project, location, name }: ResourceKey) => `${project}/${location}/${name}`;

export class Watched {
  readonly #running = new Map<string, { dirty: boolean; done: Promise<void> }>();
  readonly #later = new Later();
  #unwatch: () => void = () => undefined;
  #closed = false;

  constructor(private readonly options: WatchedOptions) {}

  /** True once no new looks begin. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Looks at all there is, then follows the store. */
  async start(): Promise<void> {
    const { store, prefix } = this.options;
    this.#unwatch = store.watch(prefix, (changes) => {
      for (const { key } of changes) this.#wakeRow(key);
    });
    for (const { key } of await store.list(prefix)) this.#wakeRow(key);
  }

  #wakeRow(row: string): void {
    const [project, location, name] = row.slice(this.options.prefix.length).split('/');
    if (project !== undefined && location !== undefined && name !== undefined)
      this.wake({ project, location, name });
  }

  /** Has the resource looked at, once more if it is being looked at now. */
  wake({ project, location, name }: ResourceKey): void {
    if (this.#closed) return;
    const key = { project, location, name };
    const id = idOf(key);
    const running = this.#running.get(id);
    if (running) {
      running.dirty = true;
      return;
    }
    const task = { dirty: false, done: Promise.resolve() };
    this.#running.set(id, task);
    task.done = this.#run(key, task).then(
      () => {
        this.#running.delete(id);
        this.#later.worked(id);
      },
      (error: unknown) => {
        this.#running.delete(id);
        this.options.onError(error);
        // Nothing in the store will change by itself: without this, an operation would never end.
        this.wakeLater(key);
      },
    );
  }

  /** The same after a while, which grows with each failure in a row. */
  wakeLater(key: ResourceKey): void {
    if (!this.#closed) this.#later.again(idOf(key), () => this.wake(key));
  }

  /** Resolves when all that was woken has been looked at. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.allSettled([...this.#running.values()].map((task) => task.done));
    }
  }

  /** No new looks begin. */
  stop(): void {
    this.#closed = true;
    this.#unwatch();
    this.#later.close();
  }

  async #run(key: ResourceKey, task: { dirty: boolean }): Promise<void> {
    do {
      task.dirty = false;
      await this.options.look(key);
    } while (task.dirty && !this.#closed);
  }
}
