/**
 * Deployments: owns Cloud Run's objects (services, revisions, operations), admits deploys by the checkpoint's
 * rules, brings revisions up and keeps their instances. Knows no API version: run-v1 and its siblings are views.
 */
export { type CheckInput, checkDeploy } from './check.js';
export { type Deployments, openDeployments } from './deployments.js';
export { conflict, revisionNotFound, serviceNotFound } from './errors.js';
export type { InstanceIdentity, RunningInstance } from './instance/index.js';
export type { Lease } from './instances.js';
export { InstanceFailure } from './instances.js';
export * from './model.js';
export type { Operations } from './operations.js';
export { defaultProbe } from './probe.js';
export { parseCpu, parseMemory } from './quantity.js';
export type { RemovalOptions } from './removal.js';
export type { ResourceWriter } from './resource-writer.js';
export {
  DEFAULTS,
  defaultContainer,
  defaultTemplate,
  type IngressContainer,
  ingressContainer,
} from './template.js';
export { type ServiceHost, servesHost, serviceUrls } from './urls.js';
