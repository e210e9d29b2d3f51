/** What everything here works with, and how it refuses. */
import { type AccessControl, resourceManagerRefusal } from '../../access/index.js';
import type { PermissionCheck } from '../../google/index.js';
import type { ResourceName } from '../../names/index.js';
import type { Store } from '../../store/index.js';

export interface ResourceManagerDeps {
  readonly store: Store;
  readonly access: AccessControl;
}

/** @param label `projects/P`, `folders/N` or `organizations/N` */
export function check(permission: string, label: string): PermissionCheck {
  const resource: ResourceName = `//cloudresourcemanager.googleapis.com/${label}`;
  return { permission, resource, label };
}

/**
 * The refusal that says nothing: of what is forbidden, and of what does not exist.
 * @param name what was asked for; the sentence is the same for everything
 */
export function denied(name: string): Error {
  return resourceManagerRefusal(check('resourcemanager.projects.get', name));
}
