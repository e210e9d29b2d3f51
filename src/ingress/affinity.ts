/** The cookie that brings a client to the same instance again (https://cloud.google.com/run/docs/configuring/session-affinity). */
import type { IncomingHttpHeaders } from 'node:http';

const NAME = 'GAESA';
const LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** What the client sends along from an earlier answer. */
export function affinityOf({ cookie }: IncomingHttpHeaders): string | undefined {
  if (cookie === undefined || !cookie.includes(NAME)) return undefined;
  for (const pair of cookie.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === NAME) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/**
 * The Set-Cookie header that the answer needs: none where the revision keeps no affinity, or the client has the cookie.
 * @param sent what the client sent along
 * @param served where the request was served
 */
export function affinityCookie(
  sent: string | undefined,
  served: string | undefined,
  now: Date,
): string | undefined {
  if (served === undefined || served === sent) return undefined;
  const expires = new Date(now.getTime() + LIFETIME_MS).toUTCString();
  return `${NAME}=${served}; expires=${expires}; path=/; HttpOnly`;
}
