/** The policies of services, jobs and worker pools: v1 and v2 name the resources alike here. */
import type { PolicyResource } from '../../access/index.js';
import { refusals } from '../../checkpoint/index.js';
import type { ResourceKey } from '../../deployments/index.js';
import { type RunKind, runResourceName, splitResource } from '../../names/index.js';
import {
  API,
  projectIdOf,
  type RunDependencies,
  requireRegion,
  runMonitored,
  runRefusal,
} from './context.js';
import { parseRunName } from './names.js';

/** @param get looks the resource up. @throws its NOT_FOUND */
export function resourcePolicy(
  { access }: RunDependencies,
  kind: RunKind,
  get: (key: ResourceKey) => Promise<unknown>,
): PolicyResource {
  return {
    permissions: {
      get: refusals.runPermission(kind, 'getIamPolicy'),
      set: refusals.runPermission(kind, 'setIamPolicy'),
    },
    locate: async (resource) => {
      const { project: given, location, name } = parseRunName(kind, resource);
      requireRegion(location);
      const project = await projectIdOf(access.projects, given);
      const full = runResourceName(kind, project, location, name);
      return { resource: full, label: splitResource(full).path, project };
    },
    mustExist: async ({ resource }) => {
      await get(parseRunName(kind, splitResource(resource).path));
    },
    refusal: runRefusal,
    audit: {
      serviceName: API,
      monitored: ({ resource, project }) => {
        // Nothing stands there of a name that could not be read.
        const [, , , location = '', , name = ''] = splitResource(resource).path.split('/');
        return runMonitored(kind, { project, location, name });
      },
    },
  };
}
