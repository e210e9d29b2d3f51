/** Linux below Node.js: namespaces, mounts, sockets in other namespaces. Knows nothing about containers. */
export { connectError, dial } from './dial.js';
export * from './libc.js';
export { enterPrivateMountNamespace } from './mount-namespace.js';
