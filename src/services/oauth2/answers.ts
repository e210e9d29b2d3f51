/** Answers of OAuth end points (RFC 6749, 5.1 and 5.2): flat JSON, not the error bodies of Google's APIs. */
import type { HttpRequest, HttpResponse, JsonObject } from '../../google/index.js';
import { type CredentialProblem, InvalidCredential } from '../../identity/index.js';

/** A refusal in OAuth's form. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  constructor(
    readonly status: number,
    readonly code: string,
    description: string,
  ) {
    super(description);
  }
}

export function answer(
  response: HttpResponse,
  status: number,
  body: JsonObject,
  cacheControl = 'no-cache, no-store, max-age=0, must-revalidate',
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(`${JSON.stringify(body, null, 2)}\n`);
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', bytes.length);
  response.setHeader('cache-control', cacheControl);
  if ('stream' in response) response.end(bytes);
  else response.end(bytes);
}

/** A form is small; what is longer is no form of ours. */
const FORM_LIMIT = 64 * 1024;

/** A request's body as text. @throws OAuthError invalid_request when it is too large */
export async function readText(request: HttpRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > FORM_LIMIT) throw new OAuthError(400, 'invalid_request', 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The fields of a request's form.
 * @throws OAuthError invalid_request for a body that is none
 */
export async function readForm(request: HttpRequest): Promise<URLSearchParams> {
  const text = await readText(request);
  const type = request.headers['content-type'] ?? '';
  if (text !== '' && !/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw new OAuthError(400, 'invalid_request', `Content type "${type}" is not a form.`);
  }
  return new URLSearchParams(text);
}

/**
 * The parameters of a request: its query, and its form when it is a POST.
 * @throws OAuthError invalid_request for a body that is no form, or a parameter given twice (RFC 6749, 3.2)
 */
export async function readParameters(request: HttpRequest, url: string): Promise<Map<string, string>> {
  const pairs = [...new URL(url, 'http://oauth.invalid').searchParams];
  if (request.method === 'POST') pairs.push(...(await readForm(request)));
  const parameters = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (parameters.has(name)) {
      throw new OAuthError(400, 'invalid_request', `Parameter given more than once: ${name}`);
    }
    parameters.set(name, value);
  }
  return parameters;
}

/** @throws OAuthError invalid_request in Google's words when the parameter is missing or empty */
export function required(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === '') {
    throw new OAuthError(400, 'invalid_request', `Required parameter is missing: ${name}`);
  }
  return value;
}

/** Verifies a credential, turning what is wrong with it into an OAuth refusal. */
export async function verified<T>(
  verification: Promise<T>,
  refusal: (problem: CredentialProblem) => OAuthError,
): Promise<T> {
  try {
    return await verification;
  } catch (error) {
    if (error instanceof InvalidCredential) throw refusal(error.problem);
    throw error;
  }
}
