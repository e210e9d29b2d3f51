/** Transactions that read before they write. */
import { VersionConflict } from '../store/index.js';
import { conflict } from './errors.js';

/** A write met a row that changed under it this often: give up and let the client retry. */
const ATTEMPTS = 5;

/**
 * Tries again when what was read has changed before it could be written.
 * @param name the resource, as a refusal names it
 * @throws ABORTED when it keeps changing
 */
export async function retry<T>(name: string, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      if (tries === ATTEMPTS) throw conflict(name, error.expected, error.actual);
    }
  }
}
