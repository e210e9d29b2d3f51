/** What calls on a project's collections need: they carry no policy of their own. */
import type { Projects } from '../../access/index.js';
import type { PermissionType } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { type PermissionRule, projectIdOf, requireRegion, runRefusal } from './context.js';
import type { LocationName } from './names.js';

/**
 * A permission on the project, for what carries no policy of its own.
 * @param locate reads the request's name; `label` is how refusals spell it
 */
export function onProject<R>(
  projects: Projects,
  type: PermissionType,
  permission: string,
  locate: (request: R) => LocationName & { readonly label: string },
): PermissionRule {
  return {
    kind: 'permission',
    type,
    checks: async (request: R) => {
      const { project, location, label } = locate(request);
      const id = await projectIdOf(projects, project);
      if (location !== '-') requireRegion(location);
      return [
        { permission, resource: projectName(id), label: label.replace(/^projects\/[^/]+/, `projects/${id}`) },
      ];
    },
    refusal: runRefusal,
  };
}
