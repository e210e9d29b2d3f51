/** The names that the Logging API takes: parents of logs, and logs. */
import { type AccessControl, findContainer } from '../../access/index.js';
import type { LogContainer } from '../../audit/index.js';
import { invalidArgument, permissionDenied, unimplemented } from '../../google/index.js';

/** A log by its parts. */
export interface LogRef {
  /** As it was given: a project may go by its number. */
  readonly container: LogContainer;
  /** Not encoded, e.g. `cloudaudit.googleapis.com/activity`. */
  readonly logId: string;
}

const CONTAINER = /^(?:projects\/([^/]+)|(?:folders|organizations)\/\d+)$/;
const BILLING_ACCOUNT = /^billingAccounts\/[^/]+(?:\/|$)/;
const VIEW = /^(?:projects|folders|organizations)\/[^/]+\/locations\/[^/]+\/buckets\//;

/**
 * Whose logs `projects/P` (an id or a number), `folders/N` and `organizations/N` are.
 * @throws GoogleError UNIMPLEMENTED for other parents that Logging knows; INVALID_ARGUMENT for what is no parent
 */
export function parseParent(name: string, field: string): LogContainer {
  const [container, project = container] = CONTAINER.exec(name) ?? [];
  if (project !== undefined) return project;
  if (BILLING_ACCOUNT.test(name) || VIEW.test(name)) {
    throw unimplemented(
      `${field}: '${name}' is not supported, only projects, folders and organizations have logs here.`,
    );
  }
  throw invalidArgument(`${field}: '${name}' is not a resource name such as projects/PROJECT_ID.`);
}

/** What a log's id may hold (LogEntry.log_name), once it is decoded. */
const LOG_ID = /^[A-Za-z0-9/_.-]{1,511}$/;

/**
 * Reads a log's name such as `projects/P/logs/LOG_ID`; the id may be URL-encoded, as it should be, or not.
 * @throws GoogleError UNIMPLEMENTED for logs of billing accounts; INVALID_ARGUMENT for what is no log
 */
export function parseLogName(name: string, field: string): LogRef {
  // LogEntry.log_name: a slash before the name is let pass.
  const [, parent = '', encoded = ''] = /^\/?(.*?)\/logs\/(.*)$/.exec(name) ?? [];
  const logId = decoded(encoded);
  if (parent === '' || logId === undefined || !LOG_ID.test(logId)) {
    throw invalidArgument(
      `${field}: '${name}' is not a log name such as projects/PROJECT_ID/logs/LOG_ID, with a LOG_ID of less than 512 ` +
        'letters, digits, slashes, underscores, hyphens and periods.',
    );
  }
  return { container: parseParent(parent, field), logId };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * The container, a project by its id.
 * @throws GoogleError PERMISSION_DENIED when there is none: strangers hear the same of those that exist
 */
export async function existing(access: AccessControl, container: LogContainer): Promise<LogContainer> {
  const found = await findContainer(access, container);
  if (found === undefined) throw permissionDenied('The caller does not have permission');
  return found;
}

/** Audit logs are written by the APIs alone (https://cloud.google.com/logging/docs/audit). */
export function isAuditLog(logId: string): boolean {
  return logId.startsWith('cloudaudit.googleapis.com/');
}

/** The log that takes more than `logging.logEntries.list` to read (roles/logging.privateLogViewer). */
export const PRIVATE_LOG_ID = 'cloudaudit.googleapis.com/data_access';
