/** Request bodies, read whole and parsed: API calls are small. */
import { type HttpRequest, invalidArgument, type JsonValue, malformedJson } from '../google/index.js';

/** What a request's message may measure, in bytes. */
export const MAX_BODY = 32 * 1024 * 1024;
const tooLarge = () => invalidArgument(`Request payload size exceeds the limit: ${MAX_BODY} bytes.`);

/**
 * Reads a request's JSON body, whatever its content type says: Google's APIs do the same.
 * @returns undefined for an empty body
 * @throws GoogleError INVALID_ARGUMENT for malformed JSON, text that isn't UTF-8, an encoding other than
 *   identity, more than 32 MiB
 */
export async function readJsonBody(request: HttpRequest): Promise<JsonValue | undefined> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw invalidArgument(`Content-Encoding ${encoding} is not supported.`);
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge();
  const bytes = await readBytes(request, MAX_BODY);
  return bytes.length === 0 ? undefined : parse(bytes);
}

/** @throws GoogleError INVALID_ARGUMENT when there is more than the limit */
export async function readBytes(request: HttpRequest, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Buffer): JsonValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformedJson('Request body is not valid UTF-8.');
  }
  if (text.trim() === '') throw malformedJson('Unexpected end of string. Expected a value.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformedJson(error instanceof SyntaxError ? `${error.message}.` : 'Unexpected token.');
  }
}
