/** The Security Token Service: tokens of identity providers for tokens of identities of pools. */
export { startGithubRun } from './github.js';
export type { GithubRun, GithubRunChoice } from './github-claims.js';
export { isStsHost, type StsOptions, stsHandler } from './handler.js';
