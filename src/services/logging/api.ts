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
  withoutSystemParameters,
} from '../../google/index.js';
import { page } from '../paging.js';
import { accessRules, deleteLogAudit, listedContainers, methodScopes, SERVICE } from './access.js';
import { listMessages, tailMessages, writeMessages } from './entry-messages.js';
import { type ListRequest, listLogEntries } from './list.js';
import { existing, isAuditLog, parseLogName } from './names.js';
import { listResourceDescriptors } from './resource-descriptors.js';
import { tailing } from './tail.js';
import { writeLogEntries } from './write.js';
import { readWriteRequest, type WriteRequest } from './write-request.js';

export interface LoggingDeps {
  readonly log: Log & LogCatalogue;
  readonly access: AccessControl;
}

/** The Logging API over the plane's log. */
export function loggingApi(deps: LoggingDeps): Api {
  const methods = protoMethods(
    LoggingServiceV2,
    {
      listLogs: (request) => listLogs(request, deps),
      deleteLog: (request) => deleteLog(request.logName, deps),
      listMonitoredResourceDescriptors: async (request) => listResourceDescriptors(request),
    },
    { audit: { deleteLog: deleteLogAudit(deps.access) } },
  );
  return {
    host: 'logging.googleapis.com',
    regional: false,
    methods: methods.map((method) => ({
      ...(entryMethod(method, deps) ?? method),
      ...(method.descriptor ? { descriptor: method.descriptor } : {}),
      scopes: methodScopes(method.name),
    })),
    access: accessRules(deps.access),
  };
}

/**
 * The methods that carry entries work with JSON throughout: entries are stored in it, and their proto payloads may
 * be of types that nobody here knows.
 */
function entryMethod(method: ApiMethod, deps: LoggingDeps): ApiMethod | undefined {
  const { name, bindings } = method;
  if (name === `${SERVICE}.TailLogEntries`) {
    return { ...method, implemented: true, stream: tailing(deps), messages: tailMessages };
  }
  if (name === `${SERVICE}.ListLogEntries`) {
    return {
      name,
      bindings,
      decode: method.decode,
      handle: (request: ListRequest, call: Call) => listLogEntries(request, call, deps),
      encode: (response: JsonObject) => response,
      messages: listMessages,
    };
  }
  if (name !== `${SERVICE}.WriteLogEntries`) return undefined;
  return {
    ...defineMethod<WriteRequest, JsonObject>({
      name,
      bindings,
      decode: ({ query, body }) => {
        const [parameter] = withoutSystemParameters(query).keys();
        if (parameter !== undefined) throw invalidArgument(`Unknown query parameter: '${parameter}'.`);
        return readWriteRequest(body);
      },
      handle: (request, call) => writeLogEntries(request, call, deps),
      encode: (response) => response,
    }),
    messages: writeMessages,
  };
}

/** Names of the logs that have entries, of the parent and of those in resource_names. */
async function listLogs(
  request: {
    readonly parent: string;
    readonly resourceNames: readonly string[];
    readonly pageSize: number;
    readonly pageToken: string;
  },
  { log, access }: LoggingDeps,
) {
  const containers = await Promise.all(listedContainers(request).map((each) => existing(access, each)));
  const logs = await Promise.all([...new Set(containers)].map((container) => log.logs(container)));
  // ListLogsRequest.page_size: "Non-positive values are ignored".
  const pageSize = Math.max(0, request.pageSize);
  const shown = page(
    logs.flat().sort(),
    (name) => name,
    { pageSize, pageToken: request.pageToken },
    { default: 50, max: 1000 },
  );
  return { logNames: [...shown.items], nextPageToken: shown.nextPageToken };
}

async function deleteLog(name: string, { log, access }: LoggingDeps): Promise<Record<never, never>> {
  const { container: given, logId } = parseLogName(name, 'log_name');
  if (isAuditLog(logId)) {
    throw permissionDenied(`The audit log '${logId}' cannot be deleted.`);
  }
  const container = await existing(access, given);
  if (!(await log.deleteLog(container, logName(container, logId)))) {
    throw notFound(`Log ${name} does not exist`);
  }
  return {};
}
