/** Artifact Registry: repositories and what is in them. */
import { all, permissions } from '../notation.js';

export const attachmentsRead = permissions('artifactregistry', {
  attachments: 'get list',
  files: 'download',
});

export const attachmentsWrite = all(
  attachmentsRead,
  permissions('artifactregistry', { attachments: 'create delete', files: 'upload' }),
);

/** Packages, versions, tags and files, in each format's own words too. */
export const contentsRead = permissions('artifactregistry', {
  'packages versions tags files': 'get list',
  'dockerimages mavenartifacts npmpackages pythonpackages': 'get list',
  files: 'download',
});

/** Pulling an image, and looking at everything around it. */
export const readRepositories = all(
  contentsRead,
  attachmentsRead,
  permissions('artifactregistry', {
    repositories:
      'get list downloadArtifacts exportArtifacts readViaVirtualRepository listTagBindings listEffectiveTags',
    'locations rules': 'get list',
    projectsettings: 'get',
  }),
);
export const read = all(readRepositories, 'artifactregistry.projectconfigs.get');

/** `read`, and who may do what on a repository. */
export const view = all(read, 'artifactregistry.repositories.getIamPolicy');

/** Pushing: new versions and new tags, but nothing is deleted. */
export const write = all(
  read,
  attachmentsWrite,
  permissions('artifactregistry', {
    repositories: 'uploadArtifacts',
    'aptartifacts yumartifacts kfpartifacts': 'create',
    'packages files': 'update',
    tags: 'create update',
  }),
);

/** Everything inside a repository, deleting included; the repository itself stays as it is. */
export const manageContents = all(
  write,
  permissions('artifactregistry', {
    repositories: 'deleteArtifacts',
    'packages tags files': 'delete',
    versions: 'update delete',
    rules: 'create update delete',
  }),
);

/** Repositories that come into being with the first push: gcr.io's way. */
export const createOnPush = permissions('artifactregistry', { repositories: 'createOnPush' });

/** What a build does that pushes its images: no repository needs to be there, and it may clean up. */
export const build = all(
  write,
  createOnPush,
  permissions('artifactregistry', { repositories: 'deleteArtifacts' }),
);

/** Repositories and settings, all but access and tags. */
const manage = all(
  manageContents,
  permissions('artifactregistry', {
    repositories: 'create update delete getIamPolicy',
    'projectsettings projectconfigs': 'update',
  }),
);

export const edit = all(manage, createOnPush);

export const administer = all(
  manage,
  permissions('artifactregistry', { repositories: 'setIamPolicy createTagBinding deleteTagBinding' }),
);

export const everything = all(administer, createOnPush);
