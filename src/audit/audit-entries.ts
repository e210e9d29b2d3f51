/** Cloud Audit Logs entries (https://cloud.google.com/logging/docs/audit, google.cloud.audit.AuditLog). */
import type {
  AuthorizationInfo,
  JsonObject,
  JsonValue,
  MonitoredResource,
  PermissionType,
} from '../google/index.js';
import { type CredentialOrigin, memberOf, type Principal } from '../names/index.js';
import { logName } from './keys.js';
import { resourceAttributes } from './resource-attributes.js';
import type { NewLogEntry } from './types.js';

/** `status` of an entry: absent or without a code when the call succeeded. */
export interface AuditStatus {
  /** A google.rpc.Code. */
  readonly code?: number;
  readonly message?: string;
}

/** What entries of calls and of the system have in common. */
interface AuditFacts {
  /** Whose log holds the entry: a project's id, `folders/N` or `organizations/N`. */
  readonly project: string;
  /** The API, e.g. `run.googleapis.com`. */
  readonly serviceName: string;
  readonly methodName: string;
  readonly resourceName: string;
  readonly monitored: MonitoredResource;
  readonly request?: JsonObject;
  readonly response?: JsonObject;
  readonly status?: AuditStatus;
  /** The region of the resource. */
  readonly location?: string;
  /** The long-running operation that the call belongs to: id, producer, first or last. */
  readonly operation?: JsonObject;
  /** Merged into protoPayload: serviceData, metadata. */
  readonly extra?: JsonObject;
  readonly time: Date;
}

/** Who called, and with what. */
interface AuditedCaller {
  readonly principal: Principal;
  readonly oauthClientId?: string;
  readonly origin?: CredentialOrigin;
  /** What an identity provider calls somebody who has no credential of ours yet. */
  readonly subject?: string;
}

/** One call of an API, for {@link activityEntry}. */
export interface AuditedCall extends AuditFacts {
  readonly caller: AuditedCaller;
  readonly authorizations: readonly AuthorizationInfo[];
  /** ADMIN_WRITE (the default) goes to the activity log, the others to the data access log. */
  readonly permissionType?: PermissionType;
  readonly callerIp: string;
  readonly userAgent: string;
}

/** The entry of an API call: NOTICE (INFO in the data access log), or ERROR when it was refused or failed. */
export function activityEntry(call: AuditedCall): NewLogEntry {
  const { caller, permissionType = 'ADMIN_WRITE' } = call;
  const admin = permissionType === 'ADMIN_WRITE';
  return auditEntry(call, admin ? 'activity' : 'data_access', admin ? 'NOTICE' : 'INFO', {
    authenticationInfo: authenticationInfo(caller),
    authorizationInfo: call.authorizations.map((checked) => ({
      granted: checked.granted,
      permission: checked.permission,
      permissionType,
      resource: checked.resource,
      resourceAttributes: resourceAttributes(call.serviceName, checked.permission, checked.resource),
    })),
    requestMetadata: {
      callerIp: call.callerIp,
      callerSuppliedUserAgent: call.userAgent,
      requestAttributes: { time: call.time.toISOString(), auth: {} },
      destinationAttributes: {},
    },
  });
}

/** https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog#AuthenticationInfo */
function authenticationInfo({ principal, oauthClientId, origin = {}, subject }: AuditedCaller): JsonObject {
  if (subject !== undefined) return { principalSubject: subject };
  if (principal.kind === 'anonymous') return {};
  const { delegation, keyName } = origin;
  return {
    ...(principal.kind === 'federated' ? {} : { principalEmail: principal.email }),
    ...(keyName === undefined ? {} : { serviceAccountKeyName: `//iam.googleapis.com/${keyName}` }),
    ...(delegation === undefined ? {} : { serviceAccountDelegationInfo: delegation.map(authority) }),
    principalSubject: memberOf(principal),
    ...(oauthClientId === undefined ? {} : { oauthInfo: { oauthClientId } }),
  };
}

/** Whoever has no address goes by the member that stands for it (ServiceAccountDelegationInfo). */
function authority(member: string): JsonObject {
  if (member.startsWith('principal:')) return { principalSubject: member };
  return { firstPartyPrincipal: { principalEmail: member.slice(member.indexOf(':') + 1) } };
}

/** Something that the system did by itself, such as a resource becoming ready: nobody called. */
export function systemEventEntry(event: AuditFacts): NewLogEntry {
  return auditEntry(event, 'system_event', 'INFO', {});
}

/**
 * The warning that Cloud Run logged before 2025-01-15 for a deployer who could not read the image. The deploy went
 * on, so this stands beside the call's own entry; its code is HTTP's 403, as the announced entries had it.
 */
export function imageReadWarningEntry(
  call: Omit<AuditedCall, 'status' | 'response' | 'permissionType'> & { readonly message: string },
): NewLogEntry {
  const { message, ...facts } = call;
  return activityEntry({ ...facts, status: { code: 403, message } });
}

function auditEntry(
  facts: AuditFacts,
  log: 'activity' | 'data_access' | 'system_event',
  severity: 'NOTICE' | 'INFO',
  about: Readonly<Record<string, JsonValue>>,
): NewLogEntry {
  const { status, location } = facts;
  const failed = status?.code !== undefined && status.code !== 0;
  return {
    logName: logName(facts.project, `cloudaudit.googleapis.com/${log}`),
    resource: facts.monitored,
    timestamp: facts.time.toISOString(),
    severity: failed ? 'ERROR' : severity,
    ...(facts.operation === undefined ? {} : { operation: facts.operation }),
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      ...(status === undefined ? {} : { status: { ...status } }),
      ...about,
      serviceName: facts.serviceName,
      methodName: facts.methodName,
      resourceName: facts.resourceName,
      ...(facts.request === undefined ? {} : { request: facts.request }),
      ...(facts.response === undefined || (failed && log !== 'system_event')
        ? {}
        : { response: facts.response }),
      ...(location === undefined ? {} : { resourceLocation: { currentLocations: [location] } }),
      ...facts.extra,
    },
  };
}
