/** entries:write: judges each entry, then writes all of them or none; with partialSuccess those that are good. */
import { type AccessControl, containerResource } from '../../access/index.js';
import {
  canonicalTime,
  containerName,
  isSeverity,
  type LogCatalogue,
  type LogContainer,
  logName,
  type NewLogEntry,
} from '../../audit/index.js';
import {
  badField,
  type Call,
  GoogleError,
  isJsonObject,
  type JsonObject,
  permissionDenied,
} from '../../google/index.js';
import { existing, isAuditLog } from './names.js';
import { logOf, type WriteRequest } from './write-request.js';

interface Accepted {
  readonly container: LogContainer;
  readonly entry: NewLogEntry;
}

/** Entries may be this far in the future, in milliseconds (LogEntry.timestamp). There is no limit in the past. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/** "Size of a log entry: 256 KB", approximately (https://cloud.google.com/logging/quotas); here that of its JSON. */
const MAX_SIZE = 256 * 1024;

/** @throws GoogleError the first bad entry's error; with partialSuccess the details name every bad entry */
export async function writeLogEntries(
  request: WriteRequest,
  call: Call,
  deps: { readonly log: LogCatalogue; readonly access: AccessControl },
): Promise<JsonObject> {
  const { log, access } = deps;
  if (request.entries.length === 0) throw badField('entries', 'must not be empty');
  const accepted: Accepted[] = [];
  const failures = new Map<number, GoogleError>();
  for (const index of request.entries.keys()) {
    try {
      accepted.push(await judge(request, index, call, access));
    } catch (error) {
      if (!(error instanceof GoogleError) || !request.partialSuccess) throw error;
      failures.set(index, error);
    }
  }
  if (!request.dryRun) await log.writeAll(byContainer(accepted), call.time);
  const [first] = failures.values();
  if (first) throw accepted.length > 0 ? partialError(first, failures) : first;
  return {};
}

async function judge(
  request: WriteRequest,
  index: number,
  call: Call,
  access: AccessControl,
): Promise<Accepted> {
  const json = request.entries[index] ?? {};
  const log = logOf(request, index);
  const container = await existing(access, log.container);
  if (request.partialSuccess) await requireCreate(container, call, access);
  if (isAuditLog(log.logId)) {
    throw permissionDenied(`Log entries of '${log.logId}' are written by Google Cloud services only.`);
  }
  const resource = monitoredResource(json.resource ?? request.resource, container, index);
  const { severity: given, timestamp, labels, ...others } = json;
  const severity = given ?? 'DEFAULT';
  if (typeof severity !== 'string' || !isSeverity(severity)) {
    throw badField(`entries[${index}].severity`, `${JSON.stringify(given)} is no severity`);
  }
  if (typeof timestamp === 'string') requireNotAhead(timestamp, call.time, index);
  const allLabels = { ...request.labels, ...stringLabels(labels) };
  const entry: NewLogEntry = {
    ...others,
    ...(typeof timestamp === 'string' ? { timestamp } : {}),
    ...(Object.keys(allLabels).length > 0 ? { labels: allLabels } : {}),
    logName: logName(container, log.logId),
    resource,
    severity,
  };
  requireSize(entry, index);
  return { container, entry };
}

function requireSize(entry: NewLogEntry, index: number): void {
  const size = Buffer.byteLength(JSON.stringify(entry));
  if (size <= MAX_SIZE) return;
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)}K`;
  throw badField(
    `entries[${index}]`,
    `Log entry with size ${kilobytes(size)} exceeds maximum size of ${kilobytes(MAX_SIZE)}`,
  );
}

/** The same check that the access rule makes for all entries at once when partialSuccess is not set. */
async function requireCreate(container: LogContainer, call: Call, access: AccessControl): Promise<void> {
  const permission = 'logging.logEntries.create';
  const granted = await access.isGranted(call.principal, permission, containerResource(container), call.time);
  call.authorizations.push({ permission, resource: containerName(container), granted });
  if (!granted)
    throw permissionDenied(`Permission '${permission}' denied on resource (or it may not exist).`);
}

function monitoredResource(value: unknown, container: LogContainer, index: number): NewLogEntry['resource'] {
  const type = isJsonObject(value) ? value.type : undefined;
  if (!isJsonObject(value) || typeof type !== 'string' || type === '') {
    throw badField(
      `entries[${index}].resource`,
      'a monitored resource with a type must be set, here or for all entries',
    );
  }
  // Logging fills the project in where the writer left it out.
  const project = container.includes('/') ? {} : { project_id: container };
  return { type, labels: { ...project, ...stringLabels(value.labels) } };
}

function stringLabels(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, label]) => [key, String(label)]));
}

function requireNotAhead(timestamp: string, now: Date, index: number): void {
  const limit = new Date(now.getTime() + MAX_AHEAD_MS).toISOString();
  const [time, latest] = [canonicalTime(timestamp), canonicalTime(limit)];
  if (time === undefined || latest === undefined || time > latest) {
    throw badField(`entries[${index}].timestamp`, `${timestamp} is more than 24 hours in the future`);
  }
}

function byContainer(accepted: readonly Accepted[]): Map<string, NewLogEntry[]> {
  const groups = new Map<string, NewLogEntry[]>();
  for (const { container, entry } of accepted) {
    const group = groups.get(container);
    if (group) group.push(entry);
    else groups.set(container, [entry]);
  }
  return groups;
}

/** Some entries are written: the status is the first failure's, the details name them all (WriteLogEntriesRequest.partial_success). */
function partialError(first: GoogleError, failures: ReadonlyMap<number, GoogleError>): GoogleError {
  const logEntryErrors = Object.fromEntries(
    [...failures].map(([index, error]) => [String(index), { code: error.grpcCode, message: error.message }]),
  );
  return new GoogleError(first.status, first.message, {
    details: [
      { '@type': 'type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors', logEntryErrors },
    ],
    cause: first,
  });
}
