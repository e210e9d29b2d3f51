/** The network of sandboxes: a namespace each, in which the metadata server, DNS and the plane can be reached. */
export { openSandboxNetwork } from './sandbox-network.js';
export type { SandboxNamespace, SandboxNetwork } from './types.js';
