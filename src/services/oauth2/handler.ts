/** The end points by host and path, and how each is answered. */
import type { HttpContext, HttpHandler, HttpRequest, JsonObject } from '../../google/index.js';
import type { Identity } from '../../identity/index.js';
import { answer, OAuthError, readParameters } from './answers.js';
import { DISCOVERY, tokenInfo, userInfo } from './introspection.js';
import { accountKeysPath, accountPublicKeys, ownCertificates, ownJwks } from './public-keys.js';
import { signIn } from './sign-in.js';
import { exchange, revoke } from './token.js';

export interface OAuth2Options {
  readonly identity: Identity;
  readonly clock: () => Date;
  /** Whoever knows it may sign in as any user. */
  readonly adminSecret: string;
}

interface EndPoint {
  readonly methods: readonly string[];
  readonly serve: (options: OAuth2Options, request: HttpRequest, context: HttpContext) => Promise<JsonObject>;
  /** Keys and discovery may be kept for a while; tokens never. */
  readonly cacheControl?: string;
}

const READ = ['GET', 'HEAD'];
const BOTH = ['GET', 'HEAD', 'POST'];
const KEPT = 'public, max-age=300, must-revalidate';

const token: EndPoint = {
  methods: ['POST'],
  serve: async ({ identity }, request, { url, baseUrl }) =>
    exchange(identity, {
      parameters: await readParameters(request, url),
      authorization: request.headers.authorization,
      address: `${baseUrl}${pathOf(url)}`,
    }),
};
const revocation: EndPoint = {
  methods: ['GET', 'POST'],
  serve: async ({ identity }, request, { url }) => revoke(identity, await readParameters(request, url)),
};
const keys = (read: (identity: Identity) => Promise<JsonObject>): EndPoint => ({
  methods: READ,
  serve: ({ identity }) => read(identity),
  cacheControl: KEPT,
});
const tokeninfo: EndPoint = {
  methods: BOTH,
  serve: async ({ identity, clock }, request, { url }) =>
    tokenInfo(identity, await readParameters(request, url), clock()),
};
const userinfo = (version: 'v2' | 'v3'): EndPoint => ({
  methods: BOTH,
  serve: ({ identity }, request) => userInfo(identity, request.headers.authorization, version),
});

/** The names under which Google serves these, the older ones too: libraries still use them. */
const END_POINTS: Readonly<Record<string, EndPoint>> = {
  'oauth2.googleapis.com/token': token,
  'www.googleapis.com/oauth2/v4/token': token,
  'accounts.google.com/o/oauth2/token': token,
  'oauth2.googleapis.com/revoke': revocation,
  'accounts.google.com/o/oauth2/revoke': revocation,
  'oauth2.googleapis.com/tokeninfo': tokeninfo,
  'www.googleapis.com/oauth2/v3/tokeninfo': tokeninfo,
  'openidconnect.googleapis.com/v1/userinfo': userinfo('v3'),
  'www.googleapis.com/oauth2/v3/userinfo': userinfo('v3'),
  'www.googleapis.com/oauth2/v2/userinfo': userinfo('v2'),
  'www.googleapis.com/oauth2/v1/userinfo': userinfo('v2'),
  'www.googleapis.com/oauth2/v3/certs': keys(ownJwks),
  'www.googleapis.com/oauth2/v1/certs': keys(ownCertificates),
  'accounts.google.com/.well-known/openid-configuration': {
    methods: READ,
    serve: async () => DISCOVERY,
    cacheControl: KEPT,
  },
};

/** Where browsers go; all others are JSON. */
const SIGN_IN = ['accounts.google.com/o/oauth2/auth', 'accounts.google.com/o/oauth2/v2/auth'];

function endPoint(host: string, path: string): EndPoint | undefined {
  const name = `${host}${path}`;
  if (Object.hasOwn(END_POINTS, name)) return END_POINTS[name];
  const account = host === 'www.googleapis.com' ? accountKeysPath(path) : undefined;
  return account && keys((identity) => accountPublicKeys(identity, account));
}

const pathOf = (url: string) => url.replace(/[?#].*$/s, '');

/** Answers for the hosts `oauth2`, `www` and `openidconnect.googleapis.com`, and `accounts.google.com`. */
export function oauth2Handler(options: OAuth2Options): HttpHandler {
  return async (request, response, context) => {
    const path = pathOf(context.url);
    const name = `${context.host}${path}`;
    try {
      if (SIGN_IN.includes(name)) return await signIn(options, request, response, context);
      const found = endPoint(context.host, path);
      if (!found) throw new OAuthError(404, 'not_found', `${name} is not served by Sekisho.`);
      if (!found.methods.includes(request.method ?? '')) {
        response.setHeader('allow', found.methods.join(', '));
        throw new OAuthError(405, 'invalid_request', `${name} takes ${found.methods.join(', ')} only.`);
      }
      answer(response, 200, await found.serve(options, request, context), found.cacheControl);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      answer(response, error.status, { error: error.code, error_description: error.message });
    }
  };
}
