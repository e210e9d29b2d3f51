/**
 * Clients: what a program needs of a plane that runs in another process. Finds it by its data directory, makes its
 * admin calls, and makes a process's environment in which unmodified gcloud, skopeo, docker and Google's libraries
 * reach it as one member: everything they read is written under the data directory, and the user's own configurations
 * are never touched.
 *
 * A door of its own beside the room's: commands that ask a plane load neither its services nor their protos, and so
 * are quick. Whatever is exported here must stay as light.
 */
export { DataDirError } from '../data-dir.js';
export { isolated, openRelay } from '../isolation/index.js';
export { DEFAULT_LISTEN, DEFAULT_OWNER, defaultDataDir, type PropagationDelay } from '../options.js';
export * from './admin-client.js';
export * from './client-error.js';
export * from './environment.js';
export * from './estate-client.js';
export { findCommand } from './gcloud-sign-in.js';
export * from './github-run.js';
export { accountNamed, type ClientOptions, memberNamed, prepareClients } from './prepare.js';
export { registryHosts } from './registries.js';
