/** Artifact Registry: reader is in writer, writer in repoAdmin, repoAdmin in admin. */
import type { Role } from '../types.js';
import { permissions, role } from './notation.js';
import { artifactRegistry, resourceManager, storage } from './permissions/index.js';

export const artifactRegistryRoles: readonly Role[] = [
  role(
    'roles/artifactregistry.attachmentReader',
    'Artifact Registry Attachment Reader',
    'Access to read attachments from a repository',
    artifactRegistry.attachmentsRead,
  ),
  role(
    'roles/artifactregistry.attachmentWriter',
    'Artifact Registry Attachment Writer',
    'Access to write attachments to a repository',
    artifactRegistry.attachmentsWrite,
  ),
  role(
    'roles/artifactregistry.containerRegistryMigrationAdmin',
    'Container Registry -> Artifact Registry Migration Admin',
    'Access to run migration tooling to migrate from Container Registry to Artifact Registry',
    storage.objectsRead,
    permissions('artifactregistry', {
      projectsettings: 'get update',
      repositories: 'create get list downloadArtifacts getIamPolicy setIamPolicy uploadArtifacts',
    }),
    permissions('cloudasset', { assets: 'analyzeIamPolicy searchAllIamPolicies searchAllResources' }),
    'iam.roles.get',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'serviceusage.services.use',
  ),
  role(
    'roles/artifactregistry.reader',
    'Artifact Registry Reader',
    'Access to read repository items.',
    artifactRegistry.read,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/artifactregistry.viewer',
    'Artifactregistry Viewer',
    'Viewer role for Artifact Registry',
    artifactRegistry.view,
    resourceManager.seeProjects,
  ),
  role(
    'roles/artifactregistry.writer',
    'Artifact Registry Writer',
    'Access to read and write repository items.',
    artifactRegistry.write,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/artifactregistry.createOnPushWriter',
    'Artifact Registry Create-on-Push Writer',
    'Access to read and write repository items, as well as create new repositories on push',
    artifactRegistry.write,
    artifactRegistry.createOnPush,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/artifactregistry.repoAdmin',
    'Artifact Registry Repository Administrator',
    'Access to manage artifacts in repositories.',
    artifactRegistry.manageContents,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/artifactregistry.createOnPushRepoAdmin',
    'Artifact Registry Create-on-Push Repository Administrator',
    'Access to manage artifacts in repositories, as well as create new repositories on push',
    artifactRegistry.manageContents,
    artifactRegistry.createOnPush,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/artifactregistry.editor',
    'Artifactregistry Editor',
    'Editor role for Artifact Registry',
    artifactRegistry.edit,
    resourceManager.seeProjects,
  ),
  role(
    'roles/artifactregistry.admin',
    'Artifact Registry Administrator',
    'Administrator access to create and manage repositories.',
    artifactRegistry.administer,
    'resourcemanager.projects.get',
  ),
];
