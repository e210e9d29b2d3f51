/** Runs containers: unpacks image layers and drives whatever runtime this machine has, behind one interface. */
export { bringLoopbackUp, dropAmbientCapabilities } from './linux/loopback.js';
export { type ExecutorKind, type ExecutorOptions, openExecutor } from './open.js';
export * from './types.js';
