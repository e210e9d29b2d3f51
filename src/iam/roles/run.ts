/**
 * Cloud Run. Who deploys needs more than a role of these: actAs on the runtime identity, and read access to
 * the image. See https://cloud.google.com/run/docs/reference/iam/roles.
 */
import type { Role } from '../types.js';
import { betaRole, permissions, role } from './notation.js';
import {
  artifactRegistry,
  cloudBuild,
  resourceManager,
  run,
  serviceUsage,
  storage,
} from './permissions/index.js';

export const runRoles: readonly Role[] = [
  role(
    'roles/run.servicesInvoker',
    'Cloud Run Service Invoker',
    'Can invoke Cloud Run services.',
    'run.routes.invoke',
  ),
  role(
    'roles/run.jobsExecutor',
    'Cloud Run Jobs Executor',
    'Can execute and cancel Cloud Run jobs.',
    run.runJobs,
  ),
  role(
    'roles/run.invoker',
    'Cloud Run Invoker',
    'Can invoke Cloud Run services, instances and execute Cloud Run jobs.',
    run.invoke,
  ),
  role(
    'roles/run.jobsExecutorWithOverrides',
    'Cloud Run Jobs Executor With Overrides',
    'Can execute and cancel Cloud Run jobs with overrides.',
    run.runJobsWithOverrides,
  ),
  betaRole(
    'roles/run.sshReader',
    'Cloud Run SSH Read Only',
    'Can SSH into Cloud Run instances and read data.',
    run.sshRead,
  ),
  betaRole(
    'roles/run.sshRoot',
    'Cloud Run SSH Root Access',
    'Can SSH into Cloud Run instances and run commands as root.',
    run.sshRoot,
  ),
  role(
    'roles/run.builder',
    'Cloud Run Builder',
    'Can build Cloud Run functions and source deployed services.',
    permissions('artifactregistry', { repositories: 'deleteArtifacts downloadArtifacts uploadArtifacts' }),
    'logging.logEntries.create',
    'storage.objects.get',
  ),
  role(
    'roles/run.viewer',
    'Cloud Run Viewer',
    'Can view the state of all Cloud Run resources, including IAM policies.',
    run.read,
    resourceManager.seeProjects,
  ),
  role(
    'roles/run.sourceViewer',
    'Cloud Run Source Viewer',
    'View Cloud Run source deployed resources.',
    run.read,
    serviceUsage.inspect,
    cloudBuild.read,
    storage.objectsRead,
    'artifactregistry.repositories.get',
    'artifactregistry.repositories.list',
    resourceManager.seeProjects,
  ),
  role(
    'roles/run.developer',
    'Cloud Run Developer',
    'Read and write access to all Cloud Run resources.',
    run.develop,
    resourceManager.seeProjects,
  ),
  role(
    'roles/run.editor',
    'Cloud Run Editor',
    'Editor role for Cloud Run',
    run.develop,
    resourceManager.seeProjects,
  ),
  role(
    'roles/run.admin',
    'Cloud Run Admin',
    'Full control over all Cloud Run resources.',
    run.everything,
    resourceManager.seeProjects,
  ),
  role(
    'roles/run.sourceDeveloper',
    'Cloud Run Source Developer',
    'Deploy and manage Cloud Run source deployed resources.',
    run.develop,
    artifactRegistry.read,
    serviceUsage.inspect,
    cloudBuild.edit,
    storage.objectsReadAndCreate,
    storage.bucketsCreate,
    'artifactregistry.repositories.create',
    'orgpolicy.policy.get',
    'serviceusage.services.use',
    'storage.buckets.list',
    resourceManager.seeProjects,
  ),
];
