/** What a program asks for when it sends its user to sign in (RFC 6749, 4.1.1; RFC 7636, 4.3). */
import type { CodeGrant } from '../../identity/index.js';

export interface AuthorizationRequest extends Omit<CodeGrant, 'principal'> {
  readonly state: string | undefined;
  /** The address that the program expects. */
  readonly loginHint: string;
  /** Where the code goes: back to a program on the user's machine, or onto the page, to be copied. */
  readonly delivery: 'redirect' | 'page';
}

/** A request that cannot be answered. It must not be sent back either: who sent it is not known (RFC 6749, 4.1.2.1). */
export class BadAuthorizationRequest extends Error {
  override readonly name = 'BadAuthorizationRequest';
  constructor(
    readonly code:
      | 'invalid_request'
      | 'unsupported_response_type'
      | 'redirect_uri_mismatch'
      | 'invalid_scope',
    message: string,
  ) {
    super(message);
  }
}

const invalid = (message: string) => new BadAuthorizationRequest('invalid_request', message);

/**
 * Reads the query of an authorization URL. What is unknown in it is left alone (RFC 6749, 3.1).
 * @throws BadAuthorizationRequest
 */
export function parseAuthorizationRequest(query: URLSearchParams): AuthorizationRequest {
  const responseType = one(query, 'response_type');
  if (responseType !== 'code') {
    throw new BadAuthorizationRequest(
      'unsupported_response_type',
      `Invalid response_type: ${responseType ?? '(none)'}. Only "code" is served.`,
    );
  }
  const clientId = one(query, 'client_id');
  if (clientId === undefined || !/^[\w.@:-]{1,200}$/.test(clientId)) {
    throw invalid('Missing required parameter: client_id');
  }
  const scopes = (one(query, 'scope') ?? '').split(/\s+/).filter((scope) => scope !== '');
  if (scopes.length === 0) throw invalid('Missing required parameter: scope');
  if (scopes.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) {
    throw new BadAuthorizationRequest('invalid_scope', 'A scope is malformed.');
  }
  return {
    clientId,
    scopes,
    ...redirect(one(query, 'redirect_uri')),
    state: one(query, 'state'),
    loginHint: one(query, 'login_hint') ?? '',
    offline: one(query, 'access_type') === 'offline',
    challenge: challenge(one(query, 'code_challenge'), one(query, 'code_challenge_method')),
  };
}

/** "Request and response parameters MUST NOT be included more than once." (RFC 6749, 3.1) */
function one(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1) throw invalid(`Parameter given more than once: ${name}`);
  return values[0] === '' ? undefined : values[0];
}

/** gcloud's pages that show a code, on a host that is not here: the code is shown on ours instead. */
const CODE_PAGES = /^https:\/\/sdk\.cloud\.google(?:\.com)?\/(?:applicationdefault)?authcode\.html$/;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Nobody but a program on the user's own machine is sent a code (RFC 8252, 7.3). */
function redirect(uri: string | undefined): Pick<AuthorizationRequest, 'redirectUri' | 'delivery'> {
  if (uri === undefined) throw invalid('Missing required parameter: redirect_uri');
  if (CODE_PAGES.test(uri)) return { redirectUri: uri, delivery: 'page' };
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const loopback =
    url?.protocol === 'http:' && LOOPBACK.includes(url.hostname) && url.username === '' && url.hash === '';
  if (!loopback || /[\r\n]/.test(uri)) {
    throw new BadAuthorizationRequest(
      'redirect_uri_mismatch',
      'The redirect URI must be on the loopback interface, such as http://localhost:8085/.',
    );
  }
  return { redirectUri: uri, delivery: 'redirect' };
}

function challenge(value: string | undefined, method: string | undefined): CodeGrant['challenge'] {
  if (value === undefined) return undefined;
  const named = method ?? 'plain';
  if (named !== 'S256' && named !== 'plain') throw invalid(`Invalid code_challenge_method: ${named}`);
  if (!/^[\w.~-]{43,128}$/.test(value)) throw invalid('Invalid code_challenge');
  return { method: named, value };
}
