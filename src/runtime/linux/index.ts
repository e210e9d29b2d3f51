/** Linux below Node.js: namespaces, mounts, sockets in other namespaces. Knows nothing about containers. */
export { bindInside } from './bind.js';
export { connectError, dial, dialDescriptor } from './dial.js';
export * from './libc.js';
export { enterPrivateMountNamespace, HYBRID_CGROUP2, hideHybridCgroup2 } from './mount-namespace.js';
export * from './netlink.js';
export { insideNetworkNamespace, makeNetworkNamespace } from './network-namespace.js';
export * from './processes.js';
export * from './programs.js';
export { inet4Bytes } from './socket-address.js';
