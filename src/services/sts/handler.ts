/** The end points by host and path. */
import type { HttpContext, HttpHandler, HttpRequest, JsonObject } from '../../google/index.js';
import type { Identity } from '../../identity/index.js';
import { answer, OAuthError } from '../oauth2/index.js';
import type { AuditDeps } from './audit.js';
import { type ExchangeDeps, exchangeToken } from './exchange.js';
import { GITHUB_DISCOVERY, githubIdToken, ID_TOKEN_PATH } from './github.js';
import { introspect } from './introspect.js';
import { type FetchDocument, type IssuerKeysOptions, issuerKeys } from './issuer-keys.js';
import { stsParameters } from './parameters.js';

export interface StsOptions extends IssuerKeysOptions, AuditDeps {
  readonly identity: Identity;
  readonly onError: ExchangeDeps['onError'];
  /** How issuers are asked for their keys; over HTTPS when left out. */
  readonly fetchDocument?: FetchDocument;
}

interface EndPoint {
  readonly method: 'GET' | 'POST';
  readonly serve: (deps: Deps, request: HttpRequest, context: HttpContext) => Promise<JsonObject>;
}

type Deps = ExchangeDeps & { readonly identity: Identity };

const GITHUB = 'token.actions.githubusercontent.com';

const END_POINTS: Readonly<Record<string, EndPoint>> = {
  'sts.googleapis.com/v1/token': {
    method: 'POST',
    serve: async (deps, request, { url, callerIp }) => {
      const client = { callerIp, userAgent: request.headers['user-agent'] ?? '' };
      return exchangeToken(deps, await stsParameters(request, url), client);
    },
  },
  'sts.googleapis.com/v1/introspect': {
    method: 'POST',
    serve: async ({ identity }, request, { url }) => introspect(identity, await stsParameters(request, url)),
  },
  [`${GITHUB}${ID_TOKEN_PATH}`]: {
    method: 'GET',
    serve: ({ identity, clock }, { headers }, { url }) => {
      const audience = new URL(url, 'http://audience.invalid').searchParams.get('audience') ?? undefined;
      return githubIdToken(identity.playedIssuer, headers.authorization, audience, clock());
    },
  },
  [`${GITHUB}/.well-known/openid-configuration`]: { method: 'GET', serve: async () => GITHUB_DISCOVERY },
  [`${GITHUB}/.well-known/jwks`]: {
    method: 'GET',
    serve: async ({ identity }) => JSON.parse(JSON.stringify(await identity.playedIssuer.jwks())),
  },
};

/** True for the hosts that {@link stsHandler} answers for. */
export const isStsHost = (host: string): boolean => host === 'sts.googleapis.com' || host === GITHUB;

/** Answers for the Security Token Service, and for GitHub's issuer in a rehearsal. */
export function stsHandler(options: StsOptions): HttpHandler {
  const { identity, access, log, clock, onError, fetchDocument } = options;
  const deps = {
    identity,
    access,
    log,
    clock,
    onError,
    playedIssuer: identity.playedIssuer,
    issuerKeys: issuerKeys(options, fetchDocument),
  };
  return async (request, response, context) => {
    const name = `${context.host}${context.url.replace(/[?#].*$/s, '')}`;
    try {
      const found = Object.hasOwn(END_POINTS, name) ? END_POINTS[name] : undefined;
      if (!found) throw new OAuthError(404, 'not_found', `${name} is not served by Sekisho.`);
      if (found.method !== request.method) {
        response.setHeader('allow', found.method);
        throw new OAuthError(405, 'invalid_request', `${name} takes ${found.method} only.`);
      }
      answer(response, 200, await found.serve(deps, request, context));
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      answer(response, error.status, { error: error.code, error_description: error.message });
    }
  };
}
