/** What each method needs, and how its writes are audited (https://cloud.google.com/iam/docs/audit-logging). */
import type { AccessControl } from '../../access/index.js';
import {
  type AccessRule,
  type AuditRule,
  errorInfo,
  GoogleError,
  type PermissionCheck,
  type PermissionType,
} from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { projectIn } from './names.js';
import type { ResourceKind } from './operations.js';

export const SERVICE = 'google.iam.v1.WorkloadIdentityPools';
const API = 'iam.googleapis.com';

/** A request names what it is about, or the parent of what it makes. */
export type Addressed = { readonly name: string } | { readonly parent: string };

export const addressOf = (request: Addressed): string => ('name' in request ? request.name : request.parent);

/** Roles name these permissions with the API's host. */
const PERMISSIONS: Readonly<Record<ResourceKind, string>> = {
  WorkloadIdentityPool: `${API}/workloadIdentityPools`,
  WorkloadIdentityPoolProvider: `${API}/workloadIdentityPoolProviders`,
};

/** Refusals name the permission in the usual way, and the resource. */
function refusal({ permission, label }: PermissionCheck): GoogleError {
  const usual = permission.replace(`${API}/`, 'iam.');
  const resource = `//${API}/${label}`;
  return new GoogleError(
    'PERMISSION_DENIED',
    `Permission '${usual}' denied on resource '${resource}' (or it may not exist).`,
    { details: [errorInfo('IAM_PERMISSION_DENIED', API, { permission: usual, resource })] },
  );
}

/** The project decides: pools have no policies here, and providers none at all. */
export function onProject(kind: ResourceKind, verb: string, type: PermissionType): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: (request: Addressed) => {
      const label = addressOf(request);
      const resource = projectName(projectIn(label));
      return [{ permission: `${PERMISSIONS[kind]}.${verb}`, resource, label }];
    },
    refusal,
  };
}

/** @param requestOf the entry's `request` */
export function auditRule<R extends Addressed>(
  { projects }: Pick<AccessControl, 'projects'>,
  method: string,
  requestOf: AuditRule['request'],
): AuditRule {
  return {
    methodName: `${SERVICE}.${method}`,
    serviceName: API,
    resourceName: (request: R) => addressOf(request),
    monitored: (request: R) => ({
      type: 'audited_resource',
      labels: {
        method: `${SERVICE}.${method}`,
        project_id: projectIn(addressOf(request)),
        service: API,
      },
    }),
    project: async (request: R) => {
      const project = projectIn(addressOf(request));
      return (await projects.get(project))?.projectId ?? project;
    },
    ...(requestOf === undefined ? {} : { request: requestOf }),
  };
}
