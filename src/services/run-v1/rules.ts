/** What the calls of this API need, and the resource they name: shared by its tables. */
import type { Projects } from '../../access/index.js';
import type { ResourceKey } from '../../deployments/index.js';
import type { AccessRule, Call, PermissionType } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { runRefusal } from '../run/context.js';
import { locationOf, projectCheck, projectOfCall, resourceCheck, type Target } from './requests.js';

/** A permission on the service, job or worker pool that the path names. */
export function onResource(
  kind: RunKind,
  projects: Projects,
  type: PermissionType,
  permission: string,
): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: async (target: Target, call) => [await resourceCheck(kind, projects, permission, target, call)],
    refusal: runRefusal,
  };
}

/** A permission on the project: for lists, locations and operations, which carry no policy. */
export function inProject(projects: Projects, permission: string, collection: string): AccessRule {
  return {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: async (target: Target) => [await projectCheck(projects, permission, target, collection)],
    refusal: runRefusal,
  };
}

/** The stored object that a path names; its project must exist. */
export async function keyOf(projects: Projects, target: Target, call: Call): Promise<ResourceKey> {
  const { projectId } = await projectOfCall(projects, target);
  return { project: projectId, location: locationOf(target, call), name: target.name };
}
