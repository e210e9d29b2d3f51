/** google.logging.v2.LoggingServiceV2 (https://cloud.google.com/logging/docs/reference/v2/rest). */
import type { AccessControl } from '../../access/index.js';
import { type Log, type LogCatalogue, logName } from '../../audit/index.js';
import { LoggingServiceV2 } from '../../google/gen/google/logging/v2/logging_pb.js';
import {
  type Api,
  type ApiMethod,
  type Call,
  defineMethod,
  invalidArgument,
  type JsonObject,
  notFound,
  permissionDenied,
  protoMethods,
  unimplemented,
  withoutSystemParameters,
} from '../../google/index.js';
import { page } from '../paging.js';
import { accessRules, deleteLogAudit } from './access.js';
import { type ListRequest, listLogEntries } from './list.js';
import { isAuditLog, parseLogName, parseParent, projectId } from './names.js';
import { writeLogEntries } from './write.js';
import { readWriteRequest, type WriteRequest } from './write-request.js';

export interface LoggingDeps {
  readonly log: Log & LogCatalogue;
  readonly access: AccessControl;
}

/** The Logging API over the plane's log. What it does not serve (tail, descriptors) answers UNIMPLEMENTED. */
export function loggingApi(deps: LoggingDeps): Api {
  const methods = protoMethods(
    LoggingServiceV2,
    {
      listLogs: (request) => listLogs(request, deps),
      deleteLog: (request) => deleteLog(request.logName, deps),
    },
    { audit: { deleteLog: deleteLogAudit(deps.access) } },
  );
  return {
    host: 'logging.googleapis.com',
    regional: false,
    methods: methods.map((method) => entryMethod(method, deps) ?? method),
    access: accessRules(deps.access),
  };
}

/**
 * The methods that carry entries speak JSON throughout: entries are stored in it, and their proto payloads may be
 * of types that nobody here knows.
 */
function entryMethod(method: ApiMethod, deps: LoggingDeps): ApiMethod | undefined {
  const { name, bindings } = method;
  if (name === 'google.logging.v2.LoggingServiceV2.ListLogEntries') {
    return {
      name,
      bindings,
      decode: method.decode,
      handle: (request: ListRequest, call: Call) => listLogEntries(request, call, deps),
      encode: (response: JsonObject) => response,
    };
  }
  if (name !== 'google.logging.v2.LoggingServiceV2.WriteLogEntries') return undefined;
  return defineMethod<WriteRequest, JsonObject>({
    name,
    bindings,
    decode: ({ query, body }) => {
      const [parameter] = withoutSystemParameters(query).keys();
      if (parameter !== undefined) throw invalidArgument(`Unknown query parameter: '${parameter}'.`);
      return readWriteRequest(body);
    },
    handle: (request, call) => writeLogEntries(request, call, deps),
    encode: (response) => response,
  });
}

/** Names of the logs of a project that have entries. */
async function listLogs(
  request: {
    readonly parent: string;
    readonly resourceNames: readonly string[];
    readonly pageSize: number;
    readonly pageToken: string;
  },
  { log, access }: LoggingDeps,
) {
  const project = await projectId(access, parseParent(request.parent, 'parent'));
  if (request.resourceNames.length > 0) {
    throw unimplemented('resource_names is not supported: the logs listed are those of the parent.');
  }
  // ListLogsRequest.page_size: "Non-positive values are ignored".
  const pageSize = Math.max(0, request.pageSize);
  const shown = page(
    await log.logs(project),
    (name) => name,
    { pageSize, pageToken: request.pageToken },
    { default: 50, max: 1000 },
  );
  return { logNames: [...shown.items], nextPageToken: shown.nextPageToken };
}

async function deleteLog(name: string, { log, access }: LoggingDeps): Promise<Record<never, never>> {
  const { project, logId } = parseLogName(name, 'log_name');
  if (isAuditLog(logId)) {
    throw permissionDenied(`The audit log '${logId}' cannot be deleted.`);
  }
  const full = logName(await projectId(access, project), logId);
  if (!(await log.deleteLog(await projectId(access, project), full))) {
    throw notFound(`Log ${name} does not exist`);
  }
  return {};
}
