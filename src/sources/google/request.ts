/** From a call and its parameters to the request that is sent: nothing but what the list of calls says can come out. */
import { CALLS, type CallName, type GoogleCall } from './calls.js';
import type { Fields } from './fields.js';

/** What stands in the places of a call's templates. */
export type Parameters = Readonly<Record<string, string>>;

/** What follows the question mark; of a list, each by itself. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

export interface CallRequest {
  readonly verb: 'GET' | 'POST';
  readonly url: URL;
  readonly body?: string;
}

/** The hosts of Google's that are ever asked: a location or a registry's host is a parameter. */
const HOST = /^(?:[a-z0-9-]+\.googleapis\.com|[a-z0-9-]+-docker\.pkg\.dev|(?:(?:us|eu|asia)\.)?gcr\.io)$/;

/**
 * @param query what follows the question mark; of an empty value nothing is sent
 * @param given fields of the body that the call takes
 * @throws TypeError for a parameter that would make another request of it: a programming error
 */
export function requestOf(
  name: CallName,
  parameters: Parameters,
  query: Query = {},
  given: Fields = {},
): CallRequest {
  const call: GoogleCall = CALLS[name];
  const host = filled(call.host, parameters);
  const path = filled(call.path, parameters);
  if (!HOST.test(host)) throw new TypeError(`${host} is no host of Google's APIs`);
  const url = new URL(`https://${host}${path}`);
  // What a URL takes for a way up, or for the beginning of a query, would lead to another method.
  if (url.pathname !== path || url.search !== '' || url.hash !== '')
    throw new TypeError(`${path} is no path`);
  for (const [key, value] of Object.entries({ ...call.query, ...query }))
    for (const each of typeof value === 'string' ? [value] : value)
      if (each !== '') url.searchParams.append(key, each);
  const body = bodyOf(call, given);
  return { verb: call.verb, url, ...(body === undefined ? {} : { body }) };
}

function bodyOf({ body, takes = [], path }: GoogleCall, given: Fields): string | undefined {
  const strange = Object.keys(given).find((field) => !takes.includes(field));
  if (strange !== undefined) throw new TypeError(`${path} takes no ${strange}`);
  if (body === undefined || takes.length === 0) return body;
  const fixed: Fields = JSON.parse(body);
  return JSON.stringify({ ...given, ...fixed });
}

/** The resource on which a call's permission is checked, as refusals spell it, e.g. `projects/my-project`. */
export function resourceOf(name: CallName, parameters: Parameters): string {
  const call: GoogleCall = CALLS[name];
  const template = call.on ?? call.path.replace(/^\/v\d+\//, '').replace(/:[A-Za-z]+$/, '');
  return template
    .replace(/\{\+?(\w+)\}/g, (_, key: string) => parameters[key] ?? '')
    .replace(/^\/\/[^/]+\//, '')
    .replace(/^cloudresourcemanager\.googleapis\.com\//, '');
}

function filled(template: string, parameters: Parameters): string {
  return template.replace(/\{(\+?)(\w+)\}/g, (_, several: string, key: string) => {
    const value = parameters[key];
    if (value === undefined || value === '') throw new TypeError(`${template} lacks ${key}`);
    const segments = several === '' ? [value] : value.split('/');
    return segments.map(segment).join('/');
  });
}

/** Colons and at signs stand as they are in names: `example.com:my-project`, `sha256:…`, `a@b.com`. */
const segment = (text: string) => encodeURIComponent(text).replace(/%3A/g, ':').replace(/%40/g, '@');
