/** Failures of the machine that can be foreseen, as its users are told of them. */
import { GoogleError } from '../google/index.js';
import { StorageFull } from '../store/index.js';

/**
 * A full disk as RESOURCE_EXHAUSTED, which clients show at once, where they would retry a 5xx for half a minute.
 * @returns the error as it was when it is none of these
 */
export function foreseen(error: unknown, dataDir: string): unknown {
  if (!isFull(error)) return error;
  return new GoogleError(
    'RESOURCE_EXHAUSTED',
    `The disk of the plane's data directory (${dataDir}) is full: nothing was changed. Free some space and try again.`,
    { cause: error },
  );
}

/** True when an error says that there is no space left. */
export function isFull(error: unknown): boolean {
  return error instanceof StorageFull || (error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC';
}
