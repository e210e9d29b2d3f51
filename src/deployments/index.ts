/**
 * Deployments: owns Cloud Run's objects (services, revisions, operations), admits deploys by the checkpoint's
 * rules, brings revisions up and keeps their instances. Knows no API version: run-v1 and its siblings are views.
 */
export { type CheckInput, checkDeploy } from './check.js';
export { type AcquireOptions, type Deployments, openDeployments } from './deployments.js';
export { conflict, jobResourceNotFound, revisionNotFound, serviceNotFound } from './errors.js';
export {
  type ContainerTrust,
  defaultProbe,
  InstanceFailure,
  type InstanceIdentity,
  publicInstanceId,
  type RunningInstance,
} from './instance/index.js';
export type { ContainerOverride, Executions, Jobs, RunOverrides, RunRequest, Tasks } from './jobs/index.js';
export * from './model.js';
export type { Operations } from './operations.js';
export { type PlacedSpec, placingWrites } from './placed.js';
export type { Lease } from './pool/index.js';
export { parseCpu, parseMemory } from './quantity.js';
export type { RemovalOptions } from './removal.js';
export type { ResourceWriter } from './resource-writer.js';
export { secretUses } from './secrets.js';
export {
  DEFAULTS,
  defaultContainer,
  defaultTemplate,
  type IngressContainer,
  ingressContainer,
} from './template.js';
export { type ServiceHost, servesHost, serviceUrls } from './urls.js';
export type { WorkerPools } from './worker-pools/index.js';
