import type { Api } from '../../google/index.js';
import { organizationMethods } from './organizations.js';
import { type TagDeps, tagMethods } from './tags/index.js';
import { v1Methods } from './v1.js';
import { v2Folders } from './v2-folders.js';
import { v3Methods } from './v3.js';
import { v3Folders } from './v3-folders.js';

/**
 * Resource Manager: the same projects, folders and organizations in each of its versions, and tags. Those of regional
 * resources are bound at `LOCATION-cloudresourcemanager.googleapis.com`.
 */
export function resourceManagerApi(deps: TagDeps): Api {
  const parts = [v1Methods, v3Methods, v2Folders, v3Folders, organizationMethods, tagMethods].map((part) =>
    part(deps),
  );
  return {
    host: 'cloudresourcemanager.googleapis.com',
    regional: true,
    methods: parts.flatMap(({ methods }) => methods),
    access: Object.assign({}, ...parts.map(({ access }) => access)),
  };
}
