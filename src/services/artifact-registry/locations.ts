/** The locations of Artifact Registry: regions and multi-regions. */

import type { Locations } from '../../google/gen/google/cloud/location/locations_pb.js';
import type { ProtoHandlers } from '../../google/index.js';
import { MULTI_REGIONS, REGIONS } from '../../names/index.js';
import { type ArtifactRegistryDeps, byId, projectAt } from './context.js';
import { type Listing, listed } from './listing.js';
import { parseLocation, parseProject } from './names.js';

const LISTING: Listing<string> = { key: (location) => location, orders: {}, filters: {} };
const ALL = [...MULTI_REGIONS, ...REGIONS].sort();

export function locationHandlers(deps: ArtifactRegistryDeps): ProtoHandlers<(typeof Locations)['method']> {
  const message = (project: string, location: string) => ({
    name: `projects/${project}/locations/${location}`,
    locationId: location,
  });
  return {
    async listLocations({ name, filter, pageSize, pageToken }) {
      const { projectId } = await projectAt(deps, parseProject(name));
      const { items, nextPageToken } = listed(ALL, LISTING, { filter, pageSize, pageToken });
      return { locations: items.map((location) => message(projectId, location)), nextPageToken };
    },
    async getLocation({ name }) {
      const { project, location } = await byId(deps, parseLocation(name));
      return message(project, location);
    },
  };
}
