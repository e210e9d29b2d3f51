/** Containers by an OCI runtime (crun or runc) on this machine. */

export type { OciContainer } from './container.js';
export { describeExecutor, OciExecutor } from './executor.js';
export { DEFAULT_LIMITS } from './limits.js';
export { askRuntime, findRuntime, INSTALL_COMMAND, type OciRuntime, RUNTIME_NAMES } from './oci-runtime.js';
export type { OciSandbox } from './sandbox.js';
