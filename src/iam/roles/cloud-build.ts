/** Cloud Build and Cloud Deploy. The builder is the role of the account that a build runs as. */
import type { Role } from '../types.js';
import { permissions, role } from './notation.js';
import { artifactRegistry, cloudBuild, resourceManager, storage } from './permissions/index.js';

export const cloudBuildRoles: readonly Role[] = [
  role(
    'roles/cloudbuild.workerPoolUser',
    'Cloud Build WorkerPool User',
    'Can run builds in the WorkerPool',
    'cloudbuild.workerpools.use',
  ),
  role(
    'roles/cloudbuild.builds.viewer',
    'Cloud Build Viewer',
    'Can view builds',
    cloudBuild.read,
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudbuild.viewer',
    'Cloud Build Viewer',
    'Viewer role for Cloud Build',
    cloudBuild.read,
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudbuild.builds.approver',
    'Cloud Build Approver',
    'Can approve or reject pending builds.',
    cloudBuild.read,
    'cloudbuild.builds.approve',
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudbuild.builds.editor',
    'Cloud Build Editor',
    'Can create and cancel builds',
    cloudBuild.edit,
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudbuild.admin',
    'Cloud Build Admin',
    'Admin role for Cloud Build',
    cloudBuild.everything,
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudbuild.editor',
    'Cloud Build Editor',
    'Editor role for Cloud Build',
    cloudBuild.everything,
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudbuild.builds.builder',
    'Cloud Build Service Account',
    'Can perform builds',
    artifactRegistry.build,
    cloudBuild.build,
    storage.build,
    permissions('logging', { logEntries: 'create list', views: 'access' }),
    resourceManager.seeProjects,
  ),
  role(
    'roles/clouddeploy.releaser',
    'Cloud Deploy Releaser',
    'Permission to create Cloud Deploy releases and rollouts.',
    resourceManager.seeProjects,
  ),
  role(
    'roles/clouddeploy.jobRunner',
    'Cloud Deploy Runner',
    'Permission to execute Cloud Deploy work without permission to deliver to a target.',
    storage.objectsReadAndCreate,
    'logging.logEntries.create',
  ),
];
