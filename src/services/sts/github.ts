/**
 * Plays GitHub for a rehearsal: a command gets what a workflow's job gets, a URL and a token with which it asks for
 * ID tokens of its run.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../google/index.js';
import type { PlayedIssuer } from '../../identity/index.js';
import { OAuthError } from '../oauth2/index.js';
import {
  GITHUB_ISSUER,
  type GithubRun,
  type GithubRunChoice,
  githubClaims,
  githubRun,
} from './github-claims.js';

/** Under the issuer's host. */
export const ID_TOKEN_PATH = '/idtoken';
const RUN_TYPE = 'github-run+jwt';
/** "Each job in a workflow can run for up to 6 hours." */
const LONGEST_RUN_S = 6 * 60 * 60;

export interface StartedRun {
  readonly run: GithubRun;
  /** What its job asks for ID tokens with. */
  readonly requestToken: string;
  /** Where it asks, on GitHub. */
  readonly requestUrl: string;
}

/** @returns the run with its token, or what is wrong with the choice */
export async function startGithubRun(
  issuer: Pick<PlayedIssuer, 'sign'>,
  choice: GithubRunChoice,
  time: Date,
): Promise<StartedRun | string> {
  const runId = `${randomBytes(5).readUIntBE(0, 5)}`;
  const run = githubRun(choice, runId, randomBytes(20).toString('hex'));
  if (typeof run === 'string') return run;
  const exp = Math.floor(time.getTime() / 1000) + LONGEST_RUN_S;
  const requestToken = await issuer.sign({ run: { ...run }, exp }, RUN_TYPE);
  return { run, requestToken, requestUrl: `${GITHUB_ISSUER}${ID_TOKEN_PATH}` };
}

/**
 * Answers a job that asks for an ID token.
 * @param audience the token's; the repository owner's address when left out
 * @throws OAuthError with 401 when no run of this plane asks
 */
export async function githubIdToken(
  issuer: Pick<PlayedIssuer, 'sign' | 'verify'>,
  authorization: string | undefined,
  audience: string | undefined,
  time: Date,
): Promise<JsonObject> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const claims = token === undefined ? undefined : await issuer.verify(token, RUN_TYPE, time);
  if (!isJsonObject(claims?.run)) throw new OAuthError(401, 'invalid_token', 'No job of this plane asks.');
  const run = claims.run as unknown as GithubRun;
  const now = Math.floor(time.getTime() / 1000);
  return { value: await issuer.sign(githubClaims(run, audience, now, randomUUID())) };
}

/** https://token.actions.githubusercontent.com/.well-known/openid-configuration, of what is played here. */
export const GITHUB_DISCOVERY: JsonObject = {
  issuer: GITHUB_ISSUER,
  jwks_uri: `${GITHUB_ISSUER}/.well-known/jwks`,
  subject_types_supported: ['public', 'pairwise'],
  response_types_supported: ['id_token'],
  id_token_signing_alg_values_supported: ['RS256'],
  scopes_supported: ['openid'],
};
