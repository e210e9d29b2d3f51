/** Runs one instance: the containers of a template, started in order, probed, and ended together. */
export { InstanceFailure, type StartOutcome } from './failure.js';
export { defaultProbe } from './probes.js';
export { publicInstanceId } from './public-id.js';
export { instanceRegistry } from './registry.js';
export { GRACE_MS } from './running.js';
export { startInstance } from './start-instance.js';
export type {
  ContainerTrust,
  InstanceDependencies,
  InstanceEnd,
  InstanceEvents,
  InstanceIdentity,
  InstanceRegistry,
  InstanceRequest,
  RunningInstance,
} from './types.js';
