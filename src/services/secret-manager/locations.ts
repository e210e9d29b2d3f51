/** The locations that replicas of secrets can be in. */
import type { Locations } from '../../google/gen/google/cloud/location/locations_pb.js';
import { invalidArgument, notFound, type ProtoHandlers } from '../../google/index.js';
import { isRegion, REGIONS } from '../../names/index.js';
import { page } from '../paging.js';
import { projectAt, type SecretManagerDeps } from './context.js';
import { parseProject } from './names.js';

const LIMITS = { default: REGIONS.length, max: REGIONS.length };

export function locationHandlers(deps: SecretManagerDeps): ProtoHandlers<(typeof Locations)['method']> {
  const message = (project: string, location: string) => ({
    name: `projects/${project}/locations/${location}`,
    locationId: location,
  });
  return {
    async listLocations({ name, filter, ...request }) {
      if (filter !== '') throw invalidArgument(`Invalid filter: "${filter}" is not supported.`);
      const { project } = await projectAt(deps, parseProject(name));
      const { items, nextPageToken } = page(REGIONS, (region) => region, request, LIMITS);
      return { locations: items.map((location) => message(project, location)), nextPageToken };
    },
    async getLocation({ name }) {
      const [, parent = '', location = ''] = /^(projects\/[^/]+)\/locations\/([^/]+)$/.exec(name) ?? [];
      const { project } = await projectAt(deps, parseProject(parent));
      if (!isRegion(location)) throw notFound(`Location [${name}] not found.`);
      return message(project, location);
    },
  };
}
