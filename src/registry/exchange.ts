/** One request and its answer, and the ways in which the registry answers. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HttpContext, HttpRequest, HttpResponse } from '../google/index.js';
import type { CredentialOrigin, Principal } from '../names/index.js';
import { OciError } from './oci-errors.js';
import type { ImagePath } from './route.js';

export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly context: HttpContext;
  readonly query: URLSearchParams;
  readonly time: Date;
}

/** What an access token's scopes leave of what its principal may do. */
export type Reach = 'none' | 'read' | 'write';

/** Who asks, when, and how far their credential reaches; what they may do is still to be asked. */
export interface Caller {
  readonly principal: Principal;
  readonly origin?: CredentialOrigin;
  readonly reach: Reach;
  readonly time: Date;
}

/** An exchange whose caller has been told apart. */
export interface SignedExchange extends Exchange, Caller {}

type Headers = Readonly<Record<string, string | number>>;

/** Answers without a body, or with a whole one. HEAD gets the headers alone. */
export function answer(exchange: Exchange, status: number, headers: Headers, body?: string | Buffer): void {
  const { request, response } = exchange;
  response.statusCode = status;
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (status !== 204 && !response.hasHeader('content-length')) {
    response.setHeader('Content-Length', body === undefined ? 0 : Buffer.byteLength(body));
  }
  if (body === undefined || request.method === 'HEAD') response.end();
  else response.end(body);
}

export function answerJson(exchange: Exchange, status: number, value: unknown, headers: Headers = {}): void {
  answer(exchange, status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(value));
}

/** Answers with a stream. When it breaks the connection ends, so that the client sees that bytes are missing. */
export async function answerStream(
  exchange: Exchange,
  status: number,
  headers: Headers,
  body: Readable,
): Promise<void> {
  exchange.response.statusCode = status;
  exchange.response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value);
  await pipeline(body, exchange.response);
}

export function answerError(exchange: Exchange, error: OciError): void {
  answer(
    exchange,
    error.status,
    { 'Content-Type': 'application/json; charset=utf-8', ...error.headers },
    error.body(),
  );
}

/** The absolute URL of something under an image, e.g. `…/v2/NAME/blobs/uploads/ID`. */
export function urlOf(context: HttpContext, path: ImagePath, rest: string): string {
  return `${context.baseUrl}/v2/${path.name}/${rest}`;
}

/** The request's body, piece by piece. Leaving early keeps the connection, so that an error can still be told. */
export function bodyOf(request: HttpRequest): AsyncIterable<unknown> {
  return request.iterator({ destroyOnReturn: false });
}

/**
 * Reads a body of limited size whole.
 * @throws OciError 413 when it is larger
 */
export async function readBody(request: HttpRequest, limit: number): Promise<Buffer> {
  const declared = contentLength(request);
  const tooLarge = () => new OciError(413, 'MANIFEST_INVALID', `the manifest is larger than ${limit} bytes`);
  if (declared !== undefined && declared > limit) throw tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bodyOf(request)) {
    if (!(piece instanceof Buffer)) throw new Error('the body is not a stream of bytes');
    size += piece.length;
    if (size > limit) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Content-Length in bytes; undefined for a chunked body. */
export function contentLength(request: HttpRequest): number | undefined {
  const header = request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
}
