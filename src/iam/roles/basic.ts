/**
 * The basic roles. Each contains the one before it. All three can pull images; none can become a service
 * account (iam.serviceAccounts.getAccessToken), not even the owner's.
 */
import type { Role } from '../types.js';
import { role } from './notation.js';
import {
  artifactRegistry,
  binaryAuthorization,
  cloudBuild,
  federation,
  governance,
  iam,
  logging,
  monitoring,
  others,
  resourceManager,
  run,
  secretManager,
  serviceUsage,
} from './permissions/index.js';

const viewer = role(
  'roles/viewer',
  'Viewer',
  'View most Google Cloud resources. See the list of included permissions.',
  run.read,
  run.sshRead,
  artifactRegistry.view,
  iam.read,
  federation.read,
  resourceManager.read,
  logging.inspect,
  monitoring.read,
  serviceUsage.read,
  secretManager.read,
  cloudBuild.read,
  binaryAuthorization.read,
  governance.assetAnalyze,
  governance.orgPolicyRead,
  governance.policyActivity,
  governance.simulationsRead,
  others.connectorRead,
  others.kmsKeyRead,
  'storage.buckets.list',
);

const editor = role(
  'roles/editor',
  'Editor',
  'View, create, update, and delete most Google Cloud resources. See the list of included permissions.',
  viewer,
  run.develop,
  artifactRegistry.edit,
  iam.edit,
  resourceManager.edit,
  logging.edit,
  monitoring.everything,
  serviceUsage.everything,
  secretManager.edit,
  cloudBuild.everything,
  binaryAuthorization.edit,
  'policysimulator.orgPolicyViolationsPreviews.create',
  'storage.buckets.create',
);

const owner = role(
  'roles/owner',
  'Owner',
  'Full access to most Google Cloud resources. See the list of included permissions.',
  editor,
  run.everything,
  artifactRegistry.everything,
  iam.administer,
  federation.everything,
  resourceManager.own,
  logging.administer,
  secretManager.everything,
  binaryAuthorization.everything,
  governance.assetEverything,
  governance.simulatorEverything,
  others.kmsEncryptDecrypt,
);

export const basicRoles: readonly Role[] = [viewer, editor, owner];
