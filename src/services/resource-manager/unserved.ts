/** Organizations and folders of the older versions: every call of theirs says by name that it is not served. */
import { unservedMethods } from '../../google/index.js';

const V1 = 'google.cloudresourcemanager.v1.Organizations';
const V2 = 'google.cloudresourcemanager.v2.Folders';

export const olderHierarchy = unservedMethods({
  [`${V1}.SearchOrganizations`]: ['POST /v1/organizations:search'],
  [`${V1}.GetOrganization`]: ['GET /v1/organizations/{name}'],
  [`${V1}.GetIamPolicy`]: ['POST /v1/organizations/{resource}:getIamPolicy'],
  [`${V1}.SetIamPolicy`]: ['POST /v1/organizations/{resource}:setIamPolicy'],
  [`${V1}.TestIamPermissions`]: ['POST /v1/organizations/{resource}:testIamPermissions'],
  [`${V2}.ListFolders`]: ['GET /v2/folders'],
  [`${V2}.SearchFolders`]: ['POST /v2/folders:search'],
  [`${V2}.CreateFolder`]: ['POST /v2/folders'],
  [`${V2}.GetFolder`]: ['GET /v2/folders/{name}'],
  [`${V2}.UpdateFolder`]: ['PATCH /v2/folders/{name}'],
  [`${V2}.DeleteFolder`]: ['DELETE /v2/folders/{name}'],
  [`${V2}.MoveFolder`]: ['POST /v2/folders/{name}:move'],
  [`${V2}.UndeleteFolder`]: ['POST /v2/folders/{name}:undelete'],
  [`${V2}.GetIamPolicy`]: ['POST /v2/folders/{resource}:getIamPolicy'],
  [`${V2}.SetIamPolicy`]: ['POST /v2/folders/{resource}:setIamPolicy'],
  [`${V2}.TestIamPermissions`]: ['POST /v2/folders/{resource}:testIamPermissions'],
});
