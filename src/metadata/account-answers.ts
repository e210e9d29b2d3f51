/** `token` and `identity` of a service account: their parameters, and how they are answered. */
import type { InstanceIdentity } from '../deployments/index.js';
import { type CredentialSource, NoToken } from './credentials.js';
import { plain } from './errors.js';
import { type CredentialAnswers, SCOPES } from './tree.js';

/** A scope has no blanks, quotes or backslashes in it (RFC 6749, 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

export interface AnswerOptions {
  readonly source: CredentialSource;
  /** Path and query of the request, for its refusal. */
  readonly url: string;
  /** Told why there is no token; undefined when there is one. */
  readonly report: (why: string | undefined) => void;
}

/** @throws MetadataError from its methods */
export function accountAnswers(
  instance: InstanceIdentity,
  { source, url, report }: AnswerOptions,
): CredentialAnswers {
  /**
   * Cloud Run answers 500 where its agent gets no token, and these words are all that the container is told; client
   * libraries try such an answer again (e.g. https://github.com/google/clusterfuzz/issues/2557, which quotes one).
   */
  async function attempt<T>(made: Promise<T>): Promise<T> {
    try {
      const result = await made;
      report(undefined);
      return result;
    } catch (error) {
      if (!(error instanceof NoToken)) throw error;
      report(error.message);
      throw plain(500, `Could not fetch URI ${url}`);
    }
  }

  return {
    async token(query) {
      const scopes = scopesOf(query);
      const { token, expiresIn } = await attempt(source.accessToken(instance, scopes));
      const body = JSON.stringify({ access_token: token, expires_in: expiresIn, token_type: 'Bearer' });
      return { type: 'application/json', body };
    },
    async identity(query) {
      const audience = query.get('audience') ?? '';
      if (audience === '') throw plain(400, 'non-empty audience parameter required');
      oneOf(query, 'format', ['standard', 'full']);
      oneOf(query, 'licenses', ['true', 'false']);
      // Whatever the format: there is no virtual machine, or licence of one, that the token could tell of.
      return { type: 'text/html', body: await attempt(source.idToken(instance, audience)) };
    },
  };
}

/** Separated by commas; Cloud Run's own when none are given. @throws MetadataError */
function scopesOf(query: URLSearchParams): readonly string[] {
  const given = query
    .getAll('scopes')
    .flatMap((each) => each.split(','))
    .filter((each) => each !== '');
  const malformed = given.find((each) => !SCOPE.test(each));
  if (malformed !== undefined) throw plain(400, 'Invalid scope');
  return given.length === 0 ? SCOPES : given;
}

/** @throws MetadataError */
function oneOf(query: URLSearchParams, name: string, values: readonly string[]): void {
  const given = query.get(name);
  if (given !== null && !values.includes(given.toLowerCase()))
    throw plain(400, `${name} must be ${values.join(' or ')}`);
}
