/** Containers run by a Docker daemon, through its Engine API. */
export type { DockerEngine } from './engine.js';
export { DockerExecutor } from './executor.js';
export { findDocker } from './find.js';
