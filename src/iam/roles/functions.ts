/** Cloud Functions, Firebase and App Hosting: who deploys by them passes the same checks by these roles. */
import type { Role } from '../types.js';
import { all, role } from './notation.js';
import {
  artifactRegistry,
  cloudBuild,
  logging,
  monitoring,
  resourceManager,
  run,
  serviceUsage,
  storage,
} from './permissions/index.js';

/** Firebase reaches Cloud Run through functions of the second generation and App Hosting. */
const firebase = all(
  run.everything,
  artifactRegistry.read,
  cloudBuild.read,
  storage.everything,
  serviceUsage.read,
  monitoring.listAndReport,
  'cloudasset.assets.searchAllResources',
  'logging.logEntries.list',
  'orgpolicy.policy.get',
  'resourcemanager.hierarchyNodes.listEffectiveTags',
  resourceManager.seeProjectPolicies,
);

export const functionsRoles: readonly Role[] = [
  role(
    'roles/cloudfunctions.invoker',
    'Cloud Functions Invoker',
    'Ability to invoke 1st gen HTTP functions with restricted access. 2nd gen functions need the Cloud Run Invoker role instead.',
  ),
  role(
    'roles/cloudfunctions.viewer',
    'Cloud Functions Viewer',
    'Read-only access to functions and locations.',
    run.read,
    serviceUsage.inspect,
    cloudBuild.read,
    'cloudasset.assets.searchAllResources',
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudfunctions.developer',
    'Cloud Functions Developer',
    'Read and write access to all functions-related resources.',
    run.develop,
    artifactRegistry.read,
    serviceUsage.inspect,
    cloudBuild.read,
    'cloudasset.assets.searchAllResources',
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudfunctions.admin',
    'Cloud Functions Admin',
    'Full access to functions, operations and locations.',
    run.everything,
    artifactRegistry.read,
    serviceUsage.inspect,
    cloudBuild.read,
    'cloudasset.assets.searchAllResources',
    resourceManager.seeProjectPolicies,
  ),
  role('roles/firebase.admin', 'Firebase Admin', 'Full access to Firebase products.', firebase),
  role(
    'roles/firebase.developAdmin',
    'Firebase Develop Admin',
    'Full access to Firebase Develop products and Analytics.',
    firebase,
  ),
  role(
    'roles/firebaseapphosting.admin',
    'Firebase App Hosting Admin',
    'Full access to Firebase App Hosting API resources.',
    resourceManager.seeProjects,
  ),
  role(
    'roles/firebaseapphosting.developer',
    'Firebase App Hosting Developer',
    "Grants read & update access to Firebase App Hosting backend, builds, and releases resources, plus permission to invoke the backend, but doesn't allow for new backends to be created.",
    resourceManager.seeProjects,
  ),
  role(
    'roles/firebaseapphosting.computeRunner',
    'Firebase App Hosting Compute Runner',
    'Contains the basic necessary permissions for building and running Apps on Firebase App Hosting. Gives access to get and update App Hosting builds, upload artifacts to Artifact Registry and Storage, write logs. Intended to be granted to the user-supplied App Hosting Compute service account.',
    artifactRegistry.write,
    monitoring.write,
    storage.objectsEdit,
    logging.write,
    artifactRegistry.createOnPush,
    'orgpolicy.policy.get',
    resourceManager.seeProjects,
  ),
];
