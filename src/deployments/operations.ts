/** Long-running operations of deploys and deletions: read, listed, waited for, forgotten. */
import { type GoogleError, notFound } from '../google/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { keys, type OperationRecord, type Stored } from './model.js';

/** Where an operation lies. */
export interface OperationKey {
  readonly project: string;
  readonly location: string;
  readonly id: string;
}

const rowKey = ({ project, location, id }: OperationKey) => keys.operation(project, location, id);

function operationNotFound({ project, location, id }: OperationKey): GoogleError {
  return notFound(
    `Resource '${id}' of kind 'OPERATION' in region '${location}' in project '${project}' does not exist.`,
  );
}

export class Operations {
  constructor(private readonly store: Store) {}

  /** @throws NOT_FOUND */
  async get(key: OperationKey): Promise<OperationRecord> {
    return (await this.#row(key)).value;
  }

  async #row(key: OperationKey): Promise<Stored<OperationRecord>> {
    const row = await this.store.get<OperationRecord>(rowKey(key));
    if (!row) throw operationNotFound(key);
    return row;
  }

  /** Operations of a project, in one location or in all. */
  async list(project: string, location?: string): Promise<OperationRecord[]> {
    const rows = await this.store.list<OperationRecord>(keys.operations(project, location));
    return rows.map(({ value }) => value);
  }

  /**
   * Forgets an operation and its result; one that still runs goes on unseen
   * (https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto, DeleteOperation).
   * @throws NOT_FOUND
   */
  async remove(key: OperationKey): Promise<void> {
    for (;;) {
      const { value, version } = await this.#row(key);
      const { project, location, owner } = value;
      const pending = await this.store.list<string>(
        keys.pending(owner.kind, { project, location, name: owner.name }),
      );
      try {
        await this.store.commit([
          { op: 'delete', key: rowKey(key), ifVersion: version },
          ...pending
            .filter((row) => row.value === value.id)
            .map((row): Write => ({ op: 'delete', key: row.key, ifVersion: row.version })),
        ]);
        return;
      } catch (error) {
        // It has ended meanwhile.
        if (!(error instanceof VersionConflict)) throw error;
      }
    }
  }

  /**
   * Waits until an operation has ended, the time is up, or the client has gone.
   * @param timeoutMs at most this long, in milliseconds
   * @returns the operation as it then stands
   * @throws NOT_FOUND
   */
  async wait(key: OperationKey, timeoutMs: number, signal: AbortSignal): Promise<OperationRecord> {
    const ended = new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        unwatch();
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const unwatch = this.store.watch(rowKey(key), (changes) => {
        const left = (value: unknown) => (value as OperationRecord | undefined)?.result !== undefined;
        if (changes.some(({ value }) => value === undefined || left(value))) finish();
      });
      const timer = setTimeout(finish, timeoutMs);
      signal.addEventListener('abort', finish);
      if (signal.aborted) finish();
      // The watch is on before the row is read, so that no end falls between the two.
      this.get(key).then((operation) => {
        if (operation.result) finish();
      }, finish);
    });
    await ended;
    return this.get(key);
  }
}
