/** Containers by an OCI runtime (crun or runc) on this machine. */
export { describeExecutor, OciExecutor } from './executor.js';
export type { OciInstance } from './instance.js';
export { DEFAULT_LIMITS } from './limits.js';
export { askRuntime, findRuntime, INSTALL_COMMAND, type OciRuntime, RUNTIME_NAMES } from './oci-runtime.js';
