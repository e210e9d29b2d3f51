/** Containers by an OCI runtime (crun or runc) on this machine. */
export { OciExecutor } from './executor.js';
export { findRuntime, INSTALL_COMMAND } from './oci-runtime.js';
