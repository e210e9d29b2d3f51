/** Admin calls (host `sekisho.internal`): what our own commands ask of a running plane, with its admin secret. */
import { timingSafeEqual } from 'node:crypto';
import { BadCheckRequest, parseCheckRequest } from '../checkpoint/index.js';
import type { CheckInput, checkDeploy } from '../deployments/index.js';
import {
  GoogleError,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  notFound,
} from '../google/index.js';
import { type Identity, InvalidCredential } from '../identity/index.js';
import { type Addressed, parsePrincipal, type SignedIn } from '../names/index.js';
import { type GithubRunChoice, startGithubRun } from '../services/index.js';

/** Estate files come whole. */
const LARGEST_BODY = 32 << 20;

export interface AdminOptions {
  readonly secret: string;
  readonly identity: Identity;
  readonly check: (request: CheckInput, time: Date) => ReturnType<typeof checkDeploy>;
  readonly status: () => Promise<JsonObject>;
  /** Further calls, by `VERB /path`. */
  readonly more: Readonly<Record<string, AdminCall>>;
  readonly clock: () => Date;
}

type AdminCall = (body: JsonObject) => Promise<unknown>;

/** The handler that the front door calls for `sekisho.internal`. */
export function adminHandler(options: AdminOptions): HttpHandler {
  const { identity } = options;
  const calls: Readonly<Record<string, AdminCall>> = {
    ...options.more,
    'GET /v1/status': () => options.status(),
    'POST /v1/check': async (body) => options.check(parseCheckRequest(body), options.clock()),
    'POST /v1/token': async (body) => {
      const { audience } = body;
      if (typeof audience !== 'string') return identity.mintAccessToken(anybodyIn(body));
      const principal = principalIn(body);
      return { token: await identity.mintIdToken(principal, audience) };
    },
    'POST /v1/github-run': (body) => startRun(identity, body, options.clock()),
    'POST /v1/refresh-token': async (body) => ({
      refreshToken: await identity.mintRefreshToken(principalIn(body)),
    }),
  };
  return async (request, response, context) => {
    try {
      if (!isAllowed(request, options.secret))
        throw new GoogleError('UNAUTHENTICATED', 'The admin secret is missing or wrong.');
      const call = calls[`${request.method ?? 'GET'} ${context.url.split('?', 1)[0] ?? ''}`];
      if (!call) throw notFound(`There is no admin call ${request.method ?? ''} ${context.url}.`);
      send(response, 200, (await call(await readBody(request))) as JsonValue);
    } catch (error) {
      // A service account that does not exist, or is disabled, cannot be spoken for.
      const bad = error instanceof BadCheckRequest || error instanceof InvalidCredential;
      const known = bad ? invalidArgument(error.message) : error;
      if (!(known instanceof GoogleError)) throw error;
      send(response, known.httpStatus, known.toJson());
    }
  };
}

function isAllowed(request: HttpRequest, secret: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${secret}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readBody(request: HttpRequest): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw invalidArgument('The request is too large.');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // falls through to the refusal below
  }
  throw invalidArgument('The body must be a JSON object.');
}

/** Identities of pools too, with the groups and attributes that a provider would map. */
function anybodyIn(body: JsonObject): SignedIn {
  const principal = typeof body.as === 'string' ? parsePrincipal(body.as) : undefined;
  if (principal?.kind !== 'federated') return principalIn(body);
  const { groups = [], attributes = {} } = body;
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) {
    throw invalidArgument('groups must be a list of names.');
  }
  if (!isJsonObject(attributes)) throw invalidArgument('attributes must be an object.');
  const texts = Object.entries(attributes).map(([name, value]): [string, string] => {
    if (typeof value === 'string') return [name, value];
    throw invalidArgument(`attributes.${name} must be a string.`);
  });
  return { ...principal, groups, attributes: Object.fromEntries(texts) };
}

async function startRun(identity: Identity, body: JsonObject, time: Date): Promise<JsonObject> {
  const said = Object.entries(body).filter(([, value]) => typeof value === 'string');
  const started = await startGithubRun(
    identity.playedIssuer,
    { repository: '', ...(Object.fromEntries(said) as Partial<GithubRunChoice>) },
    time,
  );
  if (typeof started === 'string') throw invalidArgument(started);
  return { ...started, run: { ...started.run } };
}

function principalIn(body: JsonObject): Addressed {
  const principal = typeof body.as === 'string' ? parsePrincipal(body.as) : undefined;
  if (!principal || principal.kind === 'anonymous' || principal.kind === 'federated') {
    throw invalidArgument(`'${String(body.as)}' is neither a user nor a service account.`);
  }
  return principal;
}

function send(response: HttpResponse, status: number, body: JsonValue): void {
  const text = JSON.stringify(body);
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=UTF-8');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
