/** The Security Token Service: tokens of identity providers for tokens of identities of pools. */
export { ID_TOKEN_PATH, startGithubRun } from './github.js';
export { GITHUB_ISSUER, type GithubRun, type GithubRunChoice } from './github-claims.js';
export { isStsHost, type StsOptions, stsHandler } from './handler.js';
