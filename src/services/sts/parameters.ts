/** The parameters of the Security Token Service's methods: a form as in RFC 8693, or JSON as in Google's reference. */
import { type HttpRequest, isJsonObject } from '../../google/index.js';
import { OAuthError, readParameters, readText } from '../oauth2/index.js';

const invalid = (description: string) => new OAuthError(400, 'invalid_request', description);

/**
 * By their names in the form. Servers ignore parameters that they do not know (RFC 6749, 3.2).
 * @throws OAuthError invalid_request
 */
export async function stsParameters(request: HttpRequest, url: string): Promise<ReadonlyMap<string, string>> {
  const type = request.headers['content-type'] ?? '';
  return /^application\/json\b/i.test(type) ? ofJson(await readText(request)) : readParameters(request, url);
}

function ofJson(text: string): ReadonlyMap<string, string> {
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw invalid('The request body is no JSON.');
  }
  if (!isJsonObject(body)) throw invalid('The request body is no JSON object.');
  return new Map(
    Object.entries(body).map(([name, value]) => {
      if (typeof value !== 'string') throw invalid(`Invalid value for "${name}": a string is expected.`);
      return [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value];
    }),
  );
}
