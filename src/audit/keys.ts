/** Where entries lie in the store: keys that sort as the entries do. */
import { containerKey, containerName, type LogContainer } from './containers.js';
import { canonicalTime } from './times.js';
import type { LogEntry } from './types.js';

/** The full name of a log, e.g. `projects/P/logs/LOG_ID`, the id URL-encoded. */
export function logName(container: LogContainer, logId: string): string {
  return `${containerName(container)}/logs/${encodeURIComponent(logId)}`;
}

/** The encoded id at the end of a log's name. */
export function encodedLogId(name: string): string {
  return name.slice(name.indexOf('/logs/') + '/logs/'.length);
}

export function entriesPrefix(container: LogContainer): string {
  return `log/${containerKey(container)}/`;
}

/**
 * An entry's key without its prefix: time, then insertId (which orders entries of one time), then the log. Entries
 * alike in all three are duplicates, of which Logging keeps one.
 */
export function entryPosition(entry: Pick<LogEntry, 'timestamp' | 'insertId' | 'logName'>): string {
  const time = canonicalTime(entry.timestamp);
  if (time === undefined) throw new RangeError(`not a timestamp: ${entry.timestamp}`);
  return `${time}!${encodeURIComponent(entry.insertId)}!${encodedLogId(entry.logName)}`;
}

/** The canonical time that a position starts with. */
export function timeOfPosition(position: string): string {
  return position.slice(0, position.indexOf('!'));
}

/** Marks that a log has entries. */
export function logMarkPrefix(container: LogContainer): string {
  return `log-names/${containerKey(container)}/`;
}
