/** Writing what was worked out from rows that somebody else may change meanwhile. */
import { VersionConflict } from '../store/index.js';

/** Under load each loser of a race tries again; one of them wins every time. */
const ATTEMPTS = 50;

/**
 * Reads, works out and commits, again when somebody else was faster.
 * @param attempt reads everything anew each time @throws what `attempt` throws; VersionConflict when it never wins
 */
export async function untilCommitted<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VersionConflict) || left <= 1) throw error;
    }
  }
}

/**
 * The etag that follows another: the time in microseconds, hexadecimal and in quotes, as Google's are, and never the
 * same twice for one resource. @param before undefined for a new resource
 */
export function nextEtag(time: Date, before?: string): string {
  const now = time.getTime() * 1000;
  const last = before === undefined ? 0 : Number.parseInt(before.replaceAll('"', ''), 16);
  return `"${Math.max(now, last + 1).toString(16)}"`;
}
