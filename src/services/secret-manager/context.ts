/** What the methods of this API share: the project behind a name. */
import type { AccessControl } from '../../access/index.js';
import type { Call, GoogleError, PermissionCheck } from '../../google/index.js';
import { permissionDenied } from '../../google/index.js';
import { SECRET_MANAGER, type SecretId, type SecretRoom } from '../../secrets/index.js';
import { requireEnabled } from '../service-usage/index.js';
import type { SecretName } from './names.js';

/** What the API needs of the plane. */
export interface SecretManagerDeps {
  readonly access: AccessControl;
  readonly secrets: Pick<SecretRoom, 'secrets' | 'versions'>;
}

/** A project by id and number. @throws GoogleError PERMISSION_DENIED for one that is not there, or has not enabled the API */
export async function projectAt(
  { access }: Pick<SecretManagerDeps, 'access'>,
  idOrNumber: string,
): Promise<{ readonly project: string; readonly projectNumber: string }> {
  const project = await access.projects.get(idOrNumber);
  // Permissions were asked before, and nobody has any in a project that does not exist.
  if (!project) throw permissionDenied(`Permission denied on resource project ${idOrNumber}.`);
  requireEnabled(project, SECRET_MANAGER);
  return { project: project.projectId, projectNumber: project.number };
}

/** @throws GoogleError as {@link projectAt} does */
export async function secretId(
  deps: Pick<SecretManagerDeps, 'access'>,
  { project, secret }: SecretName,
): Promise<SecretId> {
  return { ...(await projectAt(deps, project)), secret };
}

/**
 * How Secret Manager says no: it names what the caller named, and no more than "resource" where the permission is asked
 * of the project.
 */
export function secretManagerRefusal({ permission, label }: PermissionCheck, _call: Call): GoogleError {
  const resource = label.includes('/secrets/') ? `for resource '${label}'` : 'on resource';
  return permissionDenied(`Permission '${permission}' denied ${resource} (or it may not exist).`);
}
