/** Long-running operations of deploys: read, and waited for. */
import { notFound } from '../google/index.js';
import type { Store } from '../store/index.js';
import { keys, type OperationRecord } from './model.js';

/** @throws NOT_FOUND */
export async function getOperation(
  store: Store,
  project: string,
  location: string,
  id: string,
): Promise<OperationRecord> {
  const row = await store.get<OperationRecord>(keys.operation(project, location, id));
  if (!row)
    throw notFound(
      `Resource '${id}' of kind 'OPERATION' in region '${location}' in project '${project}' does not exist.`,
    );
  return row.value;
}

/**
 * Waits until an operation has ended, the time is up, or the client has gone.
 * @param timeoutMs at most this long, in milliseconds
 * @returns the operation as it then stands
 */
export async function waitForOperation(
  store: Store,
  project: string,
  location: string,
  id: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<OperationRecord> {
  const ended = new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const unwatch = store.watch(keys.operation(project, location, id), (changes) => {
      if (changes.some((change) => (change.value as OperationRecord | undefined)?.result !== undefined))
        finish();
    });
    const timer = setTimeout(finish, timeoutMs);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
    // The watch is on before the row is read, so that no end falls between the two.
    getOperation(store, project, location, id).then((operation) => {
      if (operation.result) finish();
    }, finish);
  });
  await ended;
  return getOperation(store, project, location, id);
}
