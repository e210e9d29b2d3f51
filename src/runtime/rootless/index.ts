/** Containers without root: the same executor, in a process of its own inside a user namespace. */
export { RootlessExecutor } from './executor.js';
export { findNamespaces, MANY_IDS_COMMAND, type Namespaces, namespaceSwitch } from './namespaces.js';
