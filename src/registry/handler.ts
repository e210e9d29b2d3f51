/** The distribution API's front: reads the path, finds out who calls, hands over, words the errors. */
import type { HttpContext, HttpHandler } from '../google/index.js';
import { ANONYMOUS } from '../names/index.js';
import { type Credentials, unauthorized } from './credentials.js';
import { answerError, answerJson, type Exchange, type SignedExchange } from './exchange.js';
import type { BlobDoor } from './http-blobs.js';
import type { CatalogDoor } from './http-catalog.js';
import type { ManifestDoor } from './http-manifests.js';
import { CATALOG_SCOPE, type TokenDoor } from './http-token.js';
import type { UploadDoor } from './http-uploads.js';
import { OciError } from './oci-errors.js';
import type { TokenHolder } from './registry-token.js';
import { parseRoute, type Target } from './route.js';

export interface Doors {
  readonly credentials: Credentials;
  readonly token: TokenDoor;
  readonly blobs: BlobDoor;
  readonly uploads: UploadDoor;
  readonly manifests: ManifestDoor;
  readonly catalog: CatalogDoor;
  /** Told of each request whose caller is known, and of what refused it. */
  readonly record: (exchange: SignedExchange, target: Target, error?: unknown) => Promise<void>;
}

/** @param clock gives each request its time */
export function registryHandler(doors: Doors, clock: () => Date): HttpHandler {
  return async (request, response, context) => {
    const bare: Exchange = { request, response, context, query: new URLSearchParams(), time: clock() };
    try {
      const { target, query } = parseRoute(context);
      await serve(doors, { ...bare, query }, target);
    } catch (error) {
      if (response.headersSent) {
        response.destroy();
      } else if (error instanceof OciError) {
        answerError(bare, error);
        // What is left of the body must be read, or the connection could not carry another request.
        if (!request.readableEnded) request.resume();
      } else {
        throw error;
      }
    }
  };
}

async function serve(doors: Doors, exchange: Exchange, target: Target): Promise<void> {
  const signed: SignedExchange = { ...exchange, ...(await authenticate(doors, exchange, target)) };
  try {
    await serveSigned(doors, signed, target);
  } catch (error) {
    await doors.record(signed, target, error);
    throw error;
  }
  await doors.record(signed, target);
}

async function serveSigned(doors: Doors, signed: SignedExchange, target: Target): Promise<void> {
  const method = signed.request.method ?? '';
  switch (target.kind) {
    case 'ping':
      allow(method, ['GET', 'HEAD']);
      return answerJson(signed, 200, {});
    case 'token':
      // Docker and containerd try POST first and fall back to GET on 405.
      allow(method, ['GET']);
      return doors.token.issue(signed);
    case 'catalog':
      allow(method, ['GET']);
      return doors.catalog.list(signed);
    case 'manifest':
      return serveManifest(doors, signed, target);
    case 'blob':
      return serveBlob(doors, signed, target);
    case 'uploads':
      allow(method, ['POST']);
      return doors.uploads.start(signed, target.path);
    case 'upload':
      return serveUpload(doors, signed, target);
    case 'tags':
      allow(method, ['GET']);
      return doors.manifests.tags(signed, target.path);
    case 'referrers':
      allow(method, ['GET']);
      return doors.manifests.referrers(signed, target.path, target.digest);
  }
}

type TargetOf<K extends Target['kind']> = Extract<Target, { kind: K }>;

function serveManifest({ manifests }: Doors, exchange: SignedExchange, target: TargetOf<'manifest'>) {
  const { path, reference } = target;
  switch (exchange.request.method) {
    case 'GET':
    case 'HEAD':
      return manifests.read(exchange, path, reference);
    case 'PUT':
      return manifests.put(exchange, path, reference);
    case 'DELETE':
      return manifests.delete(exchange, path, reference);
    default:
      throw notAllowed(['GET', 'HEAD', 'PUT', 'DELETE']);
  }
}

function serveBlob({ blobs }: Doors, exchange: SignedExchange, target: TargetOf<'blob'>) {
  const { path, digest } = target;
  switch (exchange.request.method) {
    case 'GET':
      return blobs.get(exchange, path, digest);
    case 'HEAD':
      return blobs.head(exchange, path, digest);
    case 'DELETE':
      return blobs.delete(exchange, path, digest);
    default:
      throw notAllowed(['GET', 'HEAD', 'DELETE']);
  }
}

function serveUpload({ uploads }: Doors, exchange: SignedExchange, target: TargetOf<'upload'>) {
  const { path, id } = target;
  switch (exchange.request.method) {
    case 'GET':
      return uploads.status(exchange, path, id);
    case 'PATCH':
      return uploads.append(exchange, path, id);
    case 'PUT':
      return uploads.finish(exchange, path, id);
    case 'DELETE':
      return uploads.cancel(exchange, path, id);
    default:
      throw notAllowed(['GET', 'PATCH', 'PUT', 'DELETE']);
  }
}

/**
 * The caller. Only the token end point serves those who show no credential; everywhere else they are told where
 * to get a token, public repositories included.
 * @throws OciError UNAUTHORIZED
 */
async function authenticate(doors: Doors, exchange: Exchange, target: Target): Promise<TokenHolder> {
  const { request, context, time } = exchange;
  const credential = await doors.credentials.read(request.headers.authorization, time);
  const challenge = challengeOf(context, target, request.method ?? '');
  switch (credential.kind) {
    case 'accepted':
      return credential;
    case 'refused':
      throw unauthorized(credential.message, challenge);
    case 'none':
      if (target.kind === 'token') return { principal: ANONYMOUS, reach: 'write' };
      throw unauthorized(
        target.kind === 'ping'
          ? 'not authenticated: No credential was supplied.'
          : 'not authenticated: No valid credential was supplied.',
        challenge,
      );
  }
}

/** `Bearer realm=…`; under a repository also the service and the scope that the request needs. */
function challengeOf(context: HttpContext, target: Target, method: string): string {
  const realm = `Bearer realm="${context.baseUrl}/v2/token"`;
  if (target.kind === 'ping' || target.kind === 'token') return realm;
  const service = `${realm},service="${authorityOf(context.baseUrl)}"`;
  if (target.kind === 'catalog') return `${service},scope="${CATALOG_SCOPE}"`;
  const reads = (method === 'GET' || method === 'HEAD') && target.kind !== 'upload';
  const scope = `repository:${target.path.name}:${reads ? 'pull' : 'pull,push'}`;
  return `${service},scope="${scope}"`;
}

/** Host and port of the address that the client came to, whatever it calls the plane. */
const authorityOf = (baseUrl: string) => baseUrl.split('/')[2] ?? '';

function allow(method: string, methods: readonly string[]): void {
  if (!methods.includes(method)) throw notAllowed(methods);
}

function notAllowed(methods: readonly string[]): OciError {
  return new OciError(405, 'UNSUPPORTED', 'The operation is unsupported.', { Allow: methods.join(', ') });
}
