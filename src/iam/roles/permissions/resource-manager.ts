/** Resource Manager: organizations, folders, projects, and the tags on everything. */
import { all, permissions } from '../notation.js';

/** Nearly every predefined role lets its holder see the project that it works in. */
export const seeProjects = permissions('resourcemanager', { projects: 'get list' });
export const seeProjectPolicies = all(seeProjects, 'resourcemanager.projects.getIamPolicy');

/** Walk the hierarchy, from the organization down to the projects. */
export const browse = all(
  seeProjectPolicies,
  permissions('resourcemanager', { folders: 'get list', organizations: 'get' }),
);

const bindPolicies = 'createPolicyBinding updatePolicyBinding deletePolicyBinding';
export const projectAccess = all(
  permissions('resourcemanager', { projects: 'get getIamPolicy setIamPolicy searchPolicyBindings' }),
  permissions('resourcemanager', { projects: bindPolicies }),
);
export const folderAccess = all(
  permissions('resourcemanager', { folders: 'get getIamPolicy setIamPolicy searchPolicyBindings' }),
  permissions('resourcemanager', { folders: bindPolicies }),
);
export const organizationAccess = all(
  permissions('resourcemanager', { organizations: 'get getIamPolicy setIamPolicy searchPolicyBindings' }),
  permissions('resourcemanager', { organizations: bindPolicies }),
);

export const foldersRead = all(
  seeProjects,
  permissions('resourcemanager', { folders: 'get list', capabilities: 'get' }),
);
export const foldersEdit = all(
  foldersRead,
  permissions('resourcemanager', {
    folders: 'update delete undelete getIamPolicy searchPolicyBindings',
    capabilities: 'update',
  }),
);

/** Tags as such. That a tag is bound to a repository, say, is that resource's `listTagBindings`. */
export const tagsRead = permissions('resourcemanager', { 'tagKeys tagValues': 'get list' });
export const tagHolds = permissions('resourcemanager', { tagHolds: 'create list delete' });
export const tagsAdmin = all(
  tagsRead,
  tagHolds,
  permissions('resourcemanager', { 'tagKeys tagValues': 'create update delete getIamPolicy setIamPolicy' }),
);

/** What a viewer of the project sees: it, its tags, and the policies bound above it. */
export const read = all(
  seeProjectPolicies,
  tagsRead,
  permissions('resourcemanager', {
    'projects folders organizations': 'searchPolicyBindings',
    'tagKeys tagValues': 'getIamPolicy',
    tagHolds: 'list',
    hierarchyNodes: 'listTagBindings listEffectiveTags',
    capabilities: 'get',
  }),
);

export const edit = all(
  read,
  tagHolds,
  permissions('resourcemanager', {
    projects: 'update move',
    'tagKeys tagValues': 'create update delete',
    tagValueBindings: 'create delete',
    hierarchyNodes: 'createTagBinding deleteTagBinding',
    capabilities: 'update',
  }),
);

/** An owner's, as far as it can be had from below: folders and organizations stay out of reach. */
export const own = all(
  edit,
  tagsAdmin,
  projectAccess,
  permissions('resourcemanager', {
    projects: 'delete undelete updateLiens createBillingAssignment deleteBillingAssignment',
    'folders organizations': bindPolicies,
  }),
);

export const everything = all(
  own,
  browse,
  foldersEdit,
  folderAccess,
  organizationAccess,
  permissions('resourcemanager', { projects: 'create', folders: 'create move' }),
);
