/** The policies of services: what the generic policy methods must know of them. v1 and v2 name services alike here. */
import type { PolicyResource } from '../../access/index.js';
import { invalidArgument } from '../../google/index.js';
import { projectOf, runResourceName, splitResource } from '../../names/index.js';
import {
  API,
  projectIdOf,
  type RunDependencies,
  requireRegion,
  runRefusal,
  serviceMonitored,
} from './context.js';

const NAME = /^projects\/([^/]+)\/locations\/([^/]+)\/services\/([^/]+)$/;

export function servicePolicy({ access, deployments }: RunDependencies): PolicyResource {
  return {
    permissions: { get: 'run.services.getIamPolicy', set: 'run.services.setIamPolicy' },
    locate: async (resource) => {
      const [, given, location, name] = NAME.exec(resource) ?? [];
      if (given === undefined || location === undefined || name === undefined) {
        throw invalidArgument(`Invalid resource name '${resource}'.`);
      }
      requireRegion(location);
      const project = await projectIdOf(access.projects, given);
      const full = runResourceName('service', project, location, name);
      return { resource: full, label: splitResource(full).path, project };
    },
    mustExist: async ({ resource }) => {
      const [, project, location, name] = NAME.exec(splitResource(resource).path) ?? [];
      if (project !== undefined && location !== undefined && name !== undefined)
        await deployments.get({ project, location, name });
    },
    refusal: runRefusal,
    audit: {
      serviceName: API,
      monitored: ({ resource }) => {
        const [, , location = '', name = ''] = NAME.exec(splitResource(resource).path) ?? [];
        return serviceMonitored(projectOf(resource) ?? '', location, name);
      },
    },
  };
}
