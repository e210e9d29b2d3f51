/** entries:list: which entries, in which order, and what of them the caller may see. */
import { type AccessControl, containerResource } from '../../access/index.js';
import { type Log, type LogContainer, type LogEntry, logName } from '../../audit/index.js';
import { type Call, invalidArgument, type JsonObject } from '../../google/index.js';
import { existing, PRIVATE_LOG_ID, parseParent } from './names.js';

/** What of a ListLogEntriesRequest counts. */
export interface ListRequest {
  readonly resourceNames: readonly string[];
  readonly filter: string;
  readonly orderBy: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

const MAX_RESOURCES = 100;
const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;

/** @throws GoogleError INVALID_ARGUMENT for bad names, filters, orders, page sizes and tokens */
export async function listLogEntries(
  request: ListRequest,
  call: Call,
  deps: { readonly log: Log; readonly access: AccessControl },
): Promise<JsonObject> {
  const { log, access } = deps;
  const { resourceNames, pageSize, pageToken } = request;
  if (pageSize < 0 || pageSize > MAX_PAGE) {
    throw invalidArgument(`page_size: must be between 0 and ${MAX_PAGE}, was ${pageSize}.`);
  }
  const projects = await containersOf(resourceNames, access);
  const hidden = await privateLogs(projects, call, access);
  const page = await log.query({
    projects,
    filter: request.filter,
    order: readOrder(request.orderBy),
    pageSize: pageSize === 0 ? DEFAULT_PAGE : pageSize,
    ...(pageToken === '' ? {} : { pageToken }),
    now: call.time,
    hide: (entry) => hidden.has(entry.logName),
  });
  return {
    ...(page.entries.length > 0 ? { entries: page.entries.map(entryJson) } : {}),
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
  };
}

/**
 * Whose entries (projects by id) `resource_names` asks for.
 * @throws GoogleError INVALID_ARGUMENT for none, too many, and bad names
 */
export async function containersOf(
  resourceNames: readonly string[],
  access: AccessControl,
): Promise<LogContainer[]> {
  if (resourceNames.length === 0) throw invalidArgument('resource_names: at least one must be given.');
  if (resourceNames.length > MAX_RESOURCES) {
    throw invalidArgument(`resource_names: at most ${MAX_RESOURCES} may be given.`);
  }
  return Promise.all(resourceNames.map((name) => existing(access, parseParent(name, 'resource_names'))));
}

/** The data access logs that the caller may not read: their entries are left out, as in log views without them. */
export async function privateLogs(
  containers: readonly LogContainer[],
  call: Pick<Call, 'principal' | 'time'>,
  access: AccessControl,
): Promise<ReadonlySet<string>> {
  const hidden = new Set<string>();
  for (const container of new Set(containers)) {
    const permission = 'logging.privateLogEntries.list';
    if (!(await access.isGranted(call.principal, permission, containerResource(container), call.time))) {
      hidden.add(logName(container, PRIVATE_LOG_ID));
    }
  }
  return hidden;
}

function readOrder(orderBy: string): 'asc' | 'desc' {
  const match = /^\s*timestamp(?:\s+(asc|desc))?\s*$/i.exec(orderBy || 'timestamp');
  if (match) return match[1]?.toLowerCase() === 'desc' ? 'desc' : 'asc';
  throw invalidArgument(`order_by: '${orderBy}' is neither 'timestamp asc' nor 'timestamp desc'.`);
}

/** An entry in proto JSON, which leaves the default severity out. */
export function entryJson(entry: LogEntry): JsonObject {
  const { severity, resource, ...others } = entry;
  return { ...others, resource: { ...resource }, ...(severity === 'DEFAULT' ? {} : { severity }) };
}
