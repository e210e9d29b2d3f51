/**
 * Entries of the data access log: calls that read, or write data, leave one where a policy of the project, a folder or
 * the organization says so (https://cloud.google.com/logging/docs/audit/configure-data-access).
 */
import type { AccessControl } from '../access/index.js';
import { cloudRunJob, cloudRunRevision, cloudRunWorkerPool, monitoredContainer } from '../audit/index.js';
import type {
  Api,
  ApiMethod,
  AuditRule,
  Call,
  MonitoredResource,
  PermissionCheck,
  PermissionType,
} from '../google/index.js';
import { projectOf, splitResource } from '../names/index.js';
import type { CallRecord } from './activity.js';

/** A call whose entries go to the data access log, if any. */
export interface DataAccess {
  readonly api: Pick<Api, 'host'>;
  readonly method: ApiMethod;
  readonly type: PermissionType;
  readonly call: Call;
  /** What was checked, in order. */
  readonly checked: readonly PermissionCheck[];
}

const RESOURCE_MANAGER = 'cloudresourcemanager.googleapis.com';

/** @returns how the call is named in the data access log of each project, folder and organization that wants it */
export async function dataAccessRules(
  access: Pick<AccessControl, 'isDataAccessLogged'>,
  { api, method, type, call, checked }: DataAccess,
): Promise<readonly Pick<CallRecord, 'rule' | 'permissionType'>[]> {
  if (type === 'ADMIN_WRITE') return [];
  const rules: Pick<CallRecord, 'rule' | 'permissionType'>[] = [];
  const containers = new Set<string>();
  for (const check of checked) {
    const container = containerOf(check);
    if (containers.has(container)) continue;
    containers.add(container);
    if (!(await access.isDataAccessLogged(call.principal, configuredAs(api.host), type, check.resource)))
      continue;
    rules.push({ rule: method.audit ?? derivedRule(api.host, method.name, check), permissionType: type });
  }
  // A method that names its entries itself names one.
  return method.audit ? rules.slice(0, 1) : rules;
}

/**
 * The service whose audit configuration asks for an API's entries. "You can't enable Data Access audit logs for this
 * service independently … enable Data Access audit logs for the IAM API"
 * (https://cloud.google.com/iam/docs/audit-logging/audit-logging-iamcreds).
 */
function configuredAs(host: string): string {
  return host === 'iamcredentials.googleapis.com' ? 'iam.googleapis.com' : host;
}

/** A project's id, or `folders/N`, or `organizations/N`. */
function containerOf({ resource }: PermissionCheck): string {
  return projectOf(resource) ?? splitResource(resource).path;
}

/** Entries of methods that do not say how they are named: reads, which most of the time nobody logs. */
function derivedRule(host: string, name: string, check: PermissionCheck): AuditRule {
  const container = containerOf(check);
  const methodName = methodNameOf(host, name);
  return {
    methodName,
    serviceName: host,
    resourceName: () => check.label.replace(/^\/\/[^/]+\//, ''),
    project: () => container,
    monitored: () => monitoredOf(host, methodName, check),
    // What was read stays out of the log.
    response: () => undefined,
  };
}

/**
 * Resource Manager's entries have the method alone, the IAM API's leave its service out
 * (https://cloud.google.com/resource-manager/docs/audit-logging, https://cloud.google.com/iam/docs/audit-logging).
 */
function methodNameOf(host: string, name: string): string {
  if (host === RESOURCE_MANAGER) return name.slice(name.lastIndexOf('.') + 1);
  return host === 'iam.googleapis.com' ? name.replace('.IAM.', '.') : name;
}

/** https://cloud.google.com/logging/docs/api/v2/resource-list */
function monitoredOf(host: string, method: string, check: PermissionCheck): MonitoredResource {
  const container = containerOf(check);
  if (host === RESOURCE_MANAGER || container.includes('/')) return monitoredContainer(container);
  const { path } = splitResource(check.resource);
  const [, collection, id = ''] = /\/(services|jobs|workerPools|serviceAccounts)\/([^/]+)/.exec(path) ?? [];
  const location = /\/locations\/([^/]+)/.exec(path)?.[1] ?? '';
  switch (`${host}/${collection}`) {
    case 'run.googleapis.com/services':
      return cloudRunRevision({ project: container, location, service: id });
    case 'run.googleapis.com/jobs':
      return cloudRunJob({ project: container, location, job: id });
    case 'run.googleapis.com/workerPools':
      return cloudRunWorkerPool({ project: container, location, workerPool: id });
    case 'iam.googleapis.com/serviceAccounts':
      return { type: 'service_account', labels: { email_id: id, project_id: container, unique_id: '' } };
    default:
      return { type: 'audited_resource', labels: { method, project_id: container, service: host } };
  }
}
