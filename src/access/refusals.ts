/**
 * How each API says no. The sentences are Google's own, as its clients show them; Cloud Run's are the
 * checkpoint's, with the rest of what a deploy can be refused for.
 */
import { errorInfo, GoogleError, type PermissionCheck, permissionDenied } from '../google/index.js';
import type { Principal } from '../names/index.js';

/** Resource Manager: the same to strangers and for projects that do not exist, so that ids cannot be probed. */
export function resourceManagerRefusal(check: PermissionCheck): GoogleError {
  return permissionDenied(
    check.permission.endsWith('.setIamPolicy')
      ? 'Policy update access denied.'
      : 'The caller does not have permission',
  );
}

/** The IAM API, with the ErrorInfo that names the permission (https://cloud.google.com/iam/docs/permission-error-messages). */
export function iamRefusal(check: PermissionCheck): GoogleError {
  const { permission } = check;
  return new GoogleError(
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource (or it may not exist).`,
    { details: [errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission })] },
  );
}

/**
 * Artifact Registry's REST API.
 * @param check its label is the full name, `//artifactregistry.googleapis.com/projects/P/locations/L/repositories/R`
 */
export function artifactRegistryRefusal(check: PermissionCheck): GoogleError {
  return permissionDenied(
    `Permission '${check.permission}' denied on resource '${check.label}' (or it may not exist).`,
  );
}

/**
 * The message of the registry protocol's `DENIED` error: double quotes, and the name without the host.
 * @param resource e.g. `projects/P/locations/L/repositories/R`
 */
export function dockerRefusal(principal: Principal, permission: string, resource: string): string {
  return principal.kind === 'anonymous'
    ? `Unauthenticated request. Unauthenticated requests do not have permission "${permission}" on resource "${resource}" (or it may not exist)`
    : `Permission "${permission}" denied on resource "${resource}" (or it may not exist)`;
}

/**
 * Service Usage.
 * @param check its label is `projectnumbers/N/services/API`, or `projectnumbers/N` for a list
 */
export function serviceUsageRefusal(check: PermissionCheck): GoogleError {
  const verb = check.permission.slice(check.permission.lastIndexOf('.') + 1);
  const [, number, , api] = check.label.split('/');
  return permissionDenied(
    api === undefined
      ? `Permission denied to ${verb} services for consumer container [projects/${number}]`
      : `Permission denied to ${verb} service [${api}]`,
  );
}
