/** What each method of the Logging API needs, and how its writes are audited. */
import { type AccessControl, containerResource, findContainer } from '../../access/index.js';
import { containerName, type LogContainer, monitoredContainer } from '../../audit/index.js';
import type { AccessRule, AuditRule, PermissionCheck, PermissionType } from '../../google/index.js';
import { permissionDenied } from '../../google/index.js';
import { existing, parseLogName, parseParent } from './names.js';
import { logRefs, type WriteRequest } from './write-request.js';

export const SERVICE = 'google.logging.v2.LoggingServiceV2';

interface ListRequest {
  readonly resourceNames: readonly string[];
}
interface LogsRequest {
  readonly parent: string;
  readonly resourceNames: readonly string[];
}
interface OfLog {
  readonly logName: string;
}

/** One entry per method. All permissions are the project's, folder's or organization's: logs have no policies. */
export function accessRules(access: AccessControl): Record<string, AccessRule> {
  const checks = async (
    permission: string,
    containers: readonly LogContainer[],
  ): Promise<PermissionCheck[]> => {
    // What does not exist has no policy, so nobody is granted anything on it: a stranger's refusal.
    const known = await Promise.all(
      containers.map(async (container) => (await findContainer(access, container)) ?? container),
    );
    return [...new Set(known)].map((container) => ({
      permission,
      resource: containerResource(container),
      label: containerName(container),
    }));
  };
  const rule = <R>(
    type: PermissionType,
    permission: string,
    containers: (request: R) => readonly LogContainer[],
    refusal = permissionRefusal,
  ): AccessRule => ({
    kind: 'permission',
    type,
    checks: (request: R) => checks(permission, containers(request)),
    refusal,
  });
  const reading = rule(
    'DATA_READ',
    'logging.logEntries.list',
    ({ resourceNames }: ListRequest) => resourceNames.map((name) => parseParent(name, 'resource_names')),
    () => permissionDenied('Permission denied for all log views'),
  );
  return {
    [`${SERVICE}.ListLogEntries`]: reading,
    [`${SERVICE}.TailLogEntries`]: reading,
    [`${SERVICE}.WriteLogEntries`]: rule(
      'DATA_WRITE',
      'logging.logEntries.create',
      // With partialSuccess the handler asks for each entry by itself: some may be written where others may not.
      (request: WriteRequest) =>
        request.partialSuccess ? [] : logRefs(request).map(({ container }) => container),
    ),
    [`${SERVICE}.ListLogs`]: rule('DATA_READ', 'logging.logs.list', listedContainers),
    [`${SERVICE}.ListMonitoredResourceDescriptors`]: {
      kind: 'authenticated',
      why: 'the types are the same for everybody: no permission is published for their list',
    },
    [`${SERVICE}.DeleteLog`]: rule('ADMIN_WRITE', 'logging.logs.delete', ({ logName }: OfLog) => [
      parseLogName(logName, 'log_name').container,
    ]),
  };
}

/**
 * Whose logs a ListLogsRequest asks for: "The resource name in the `parent` field is added to this list" (resource_names).
 * @throws GoogleError UNIMPLEMENTED for billing accounts and views; INVALID_ARGUMENT for what is none
 */
export function listedContainers({ parent, resourceNames }: LogsRequest): LogContainer[] {
  return [parseParent(parent, 'parent'), ...resourceNames.map((name) => parseParent(name, 'resource_names'))];
}

const SCOPE = 'https://www.googleapis.com/auth/';
const READERS = ['cloud-platform.read-only', 'logging.admin', 'logging.read'];

/** The scopes of each method as its reference names them (https://cloud.google.com/logging/docs/reference/v2/rest). */
export function methodScopes(method: string): readonly string[] {
  if (method === `${SERVICE}.WriteLogEntries`) return [`${SCOPE}logging.admin`, `${SCOPE}logging.write`];
  if (method === `${SERVICE}.DeleteLog`) return [`${SCOPE}logging.admin`];
  return READERS.map((scope) => SCOPE + scope);
}

function permissionRefusal({ permission }: PermissionCheck): Error {
  return permissionDenied(`Permission '${permission}' denied on resource (or it may not exist).`);
}

/** The audit entry of a deletion, the one call that changes what others see. */
export function deleteLogAudit(access: AccessControl): AuditRule {
  const container = ({ logName }: OfLog) => parseLogName(logName, 'log_name').container;
  return {
    serviceName: 'logging.googleapis.com',
    resourceName: ({ logName }: OfLog) => logName,
    monitored: (request: OfLog) => monitoredContainer(container(request)),
    project: (request: OfLog) => existing(access, container(request)),
  };
}
