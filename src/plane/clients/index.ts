/**
 * Clients: makes a process's environment in which unmodified gcloud, skopeo, docker and Google's libraries reach a
 * running plane as one member. Everything they read is written under the data directory; the user's own
 * configurations are never touched.
 */
export * from './admin-client.js';
export * from './client-error.js';
export * from './environment.js';
export * from './estate-client.js';
export { findCommand } from './gcloud-sign-in.js';
export * from './github-run.js';
export { accountNamed, type ClientOptions, executable, memberNamed, prepareClients } from './prepare.js';
export { registryHosts } from './registries.js';
