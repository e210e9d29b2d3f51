/** Where entries lie in the store: keys that sort as the entries do. */
import { canonicalTime } from './times.js';
import type { LogEntry } from './types.js';

/** The full name of a log: `projects/P/logs/LOG_ID`, the id URL-encoded. */
export function logName(project: string, logId: string): string {
  return `projects/${project}/logs/${encodeURIComponent(logId)}`;
}

/** The encoded id at the end of a log's name. */
export function encodedLogId(name: string): string {
  return name.slice(name.indexOf('/logs/') + '/logs/'.length);
}

export function entriesPrefix(project: string): string {
  return `log/${project}/`;
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
export function logMarkPrefix(project: string): string {
  return `log-names/${project}/`;
}
