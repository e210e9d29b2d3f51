/** Log entries as Cloud Logging stores them (google.logging.v2.LogEntry in JSON form). */
import type { JsonObject, MonitoredResource } from '../google/index.js';
import type { Write } from '../store/index.js';

export type Severity =
  | 'DEFAULT'
  | 'DEBUG'
  | 'INFO'
  | 'NOTICE'
  | 'WARNING'
  | 'ERROR'
  | 'CRITICAL'
  | 'ALERT'
  | 'EMERGENCY';

export interface LogEntry {
  /** e.g. `projects/P/logs/LOG_ID`, the id URL-encoded. */
  readonly logName: string;
  readonly resource: MonitoredResource;
  readonly timestamp: string;
  readonly receiveTimestamp: string;
  readonly severity: Severity;
  readonly insertId: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly operation?: JsonObject;
  readonly httpRequest?: JsonObject;
  readonly trace?: string;
  readonly spanId?: string;
  readonly traceSampled?: boolean;
  readonly sourceLocation?: JsonObject;
  readonly split?: JsonObject;
  readonly textPayload?: string;
  readonly jsonPayload?: JsonObject;
  readonly protoPayload?: JsonObject;
}

/** An entry before the log gives it an id and times. */
export type NewLogEntry = Omit<LogEntry, 'insertId' | 'timestamp' | 'receiveTimestamp'> &
  Partial<Pick<LogEntry, 'insertId' | 'timestamp'>>;

export interface LogQuery {
  /** Whose logs: projects by id, folders and organizations by name. */
  readonly projects: readonly string[];
  /** In the Logging query language; everything when empty. Throws INVALID_ARGUMENT when it is not well formed. */
  readonly filter: string;
  readonly order: 'asc' | 'desc';
  readonly pageSize: number;
  readonly pageToken?: string;
  readonly now: Date;
  /** Entries that the caller may not see: they are left out as if they did not exist. */
  readonly hide?: (entry: LogEntry) => boolean;
}

/**
 * The log of one plane: entries under `log/PROJECT/…` in the store. Where a project is asked for, `folders/N` and
 * `organizations/N` have logs as well (LogContainer).
 */
export interface Log {
  /** Durable when the promise resolves. */
  write(project: string, entries: readonly NewLogEntry[], now: Date): Promise<void>;
  /** The store writes for entries that belong to a transaction of the caller's. */
  writes(project: string, entries: readonly NewLogEntry[], now: Date): Write[];
  /** Queues lines of a container's output; written in groups, flushed by flush(). */
  append(project: string, entry: NewLogEntry, now: Date): void;
  flush(): Promise<void>;
  query(query: LogQuery): Promise<{ entries: LogEntry[]; nextPageToken?: string }>;
}

export interface TailQuestion {
  /** Whose logs: projects by id, folders and organizations by name. */
  readonly projects: readonly string[];
  /** In the Logging query language; everything when empty. */
  readonly filter: string;
  /** How long entries are held so that later ones with earlier timestamps come before them, in ms. */
  readonly bufferWindowMs: number;
}

/** Entries that were left out, and why: more than may be tailed, or than the reader took. */
export interface Suppression {
  readonly reason: 'RATE_LIMIT' | 'NOT_CONSUMED';
  readonly count: number;
}

export interface TailBatch {
  /** By timestamp; a later batch may still have earlier ones. */
  readonly entries: readonly LogEntry[];
  /** Since the last batch; at most one of each reason. */
  readonly suppressed: readonly Suppression[];
}

/** Entries as they are written, to one reader. */
export interface Tail {
  /**
   * Tells what is tailed from here on, in place of what was.
   * @throws GoogleError INVALID_ARGUMENT for a filter that is not well formed; what was tailed goes on then
   */
  ask(question: TailQuestion): void;
  /** Waits for the next batch, one call at a time; undefined once the tail is closed. */
  next(): Promise<TailBatch | undefined>;
  /** Ends the tail: whoever waits for a batch hears of it. */
  close(): void;
}

/** What the Logging API needs beyond reading and writing: the logs of a project as such, and tailing. */
export interface LogCatalogue {
  /** A tail that asks nothing yet; its reader closes it. */
  tail(): Tail;
  /** Writes entries of several projects, all of them or none; durable when the promise resolves. */
  writeAll(entries: ReadonlyMap<string, readonly NewLogEntry[]>, now: Date): Promise<void>;
  /** Names (e.g. `projects/P/logs/LOG_ID`) of the project's logs that have entries, sorted. */
  logs(project: string): Promise<string[]>;
  /**
   * Deletes a log with all of its entries; it comes back when it is written to again.
   * @returns false when the project has no such log
   */
  deleteLog(project: string, name: string): Promise<boolean>;
}
