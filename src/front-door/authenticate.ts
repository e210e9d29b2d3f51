/** From a request's credential to its principal (https://cloud.google.com/docs/authentication). */
import { errorInfo, GoogleError } from '../google/index.js';
import { type Caller, type Identity, InvalidCredential } from '../identity/index.js';

const EXPECTED =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. ' +
  'See https://developers.google.com/identity/sign-in/web/devconsole-project.';

/** What a credential was presented for. */
interface Presented {
  /** The API's host, and the method's full name: they go into the error's ErrorInfo. */
  readonly api: string;
  readonly method: string;
  /** Hosts that a service account's self-signed token may name as its audience. */
  readonly hosts: readonly string[];
}

/**
 * Verifies the bearer token of an Authorization header.
 * @returns the caller, or undefined when the request carries no credential
 * @throws GoogleError UNAUTHENTICATED for a credential that is no good
 */
export async function authenticate(
  identity: Identity,
  authorization: string | undefined,
  { api, method, hosts }: Presented,
): Promise<Caller | undefined> {
  if (authorization === undefined) return undefined;
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  try {
    if (token === undefined) throw new InvalidCredential('Not a bearer token.');
    return await identity.verifyAccessToken(token, hosts);
  } catch (error) {
    if (!(error instanceof InvalidCredential)) throw error;
    throw new GoogleError('UNAUTHENTICATED', `Request had invalid authentication credentials. ${EXPECTED}`, {
      details: [errorInfo(error.problem, 'googleapis.com', { service: api, method })],
      challenge: 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
      cause: error,
    });
  }
}

/** What a call without any credential is told. */
export function missingCredential(service: string, method: string): GoogleError {
  return new GoogleError(
    'UNAUTHENTICATED',
    `Request is missing required authentication credential. ${EXPECTED}`,
    { details: [errorInfo('CREDENTIALS_MISSING', 'googleapis.com', { service, method })] },
  );
}
