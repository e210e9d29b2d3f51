/** The permissions that exist here: one module of named groups for each service, and all of them together. */
import { all } from '../notation.js';
import * as artifactRegistry from './artifact-registry.js';
import * as binaryAuthorization from './binary-authorization.js';
import * as cloudBuild from './cloud-build.js';
import * as federation from './federation.js';
import * as governance from './governance.js';
import * as iam from './iam.js';
import * as logging from './logging.js';
import * as monitoring from './monitoring.js';
import * as others from './others.js';
import * as resourceManager from './resource-manager.js';
import * as run from './run.js';
import * as secretManager from './secret-manager.js';
import * as serviceUsage from './service-usage.js';
import * as storage from './storage.js';

export {
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
  storage,
};

export const everything = all(
  artifactRegistry.everything,
  binaryAuthorization.everything,
  cloudBuild.everything,
  federation.everything,
  governance.everything,
  iam.everything,
  logging.everything,
  monitoring.everything,
  others.everything,
  resourceManager.everything,
  run.everything,
  secretManager.everything,
  serviceUsage.everything,
  storage.everything,
);
