/** Answers, written the same way over HTTP/1.1 and HTTP/2. */
import { GoogleError, type HttpResponse, type JsonValue } from '../google/index.js';

/** Sends a JSON answer. Nothing happens when the client is gone or an answer has begun. */
export function sendJson(
  response: HttpResponse,
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): void {
  // Google's APIs indent their JSON; people read it with curl.
  send(response, status, `${JSON.stringify(body, null, 2)}\n`, {
    'content-type': 'application/json; charset=UTF-8',
    ...headers,
  });
}

export function sendText(response: HttpResponse, status: number, text: string): void {
  send(response, status, text, { 'content-type': 'text/plain; charset=UTF-8' });
}

function send(
  response: HttpResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(text);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', bytes.length);
  response.setHeader('cache-control', 'private');
  response.setHeader('x-content-type-options', 'nosniff');
  // Both kinds leave the body of an answer to HEAD out by themselves.
  endWith(response, bytes);
}

function endWith(response: HttpResponse, bytes: Buffer): void {
  if ('stream' in response) response.end(bytes);
  else response.end(bytes);
}

/** What a 401 asks for (RFC 6750, 3); errors that know more say so themselves. */
const CHALLENGE = 'Bearer realm="https://accounts.google.com/"';

/**
 * Answers with an error: Google's as they are, anything else as INTERNAL without a word about its cause.
 * @returns the unexpected error, for the plane's own log; undefined when it was Google's
 */
export function sendError(response: HttpResponse, error: unknown): unknown {
  if (error instanceof GoogleError) {
    const challenge = error.challenge ?? (error.status === 'UNAUTHENTICATED' ? CHALLENGE : undefined);
    const headers = challenge === undefined ? {} : { 'www-authenticate': challenge };
    sendJson(response, error.httpStatus, error.toJson(), headers);
    return undefined;
  }
  sendJson(response, 500, internalError().toJson());
  return error;
}

/** What the outside learns of a failure that nobody foresaw. */
export function internalError(): GoogleError {
  return new GoogleError('INTERNAL', 'Internal error encountered.');
}
