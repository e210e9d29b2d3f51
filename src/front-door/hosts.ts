/** Which host names lead where: the one table of what the plane stands in for, and what it keeps away from. */
import type { Api } from '../google/index.js';
import { isRegion } from '../names/index.js';

/** What a host name stands for. */
export type HostRoute =
  | { readonly kind: 'api'; readonly api: Api; readonly location?: string }
  | { readonly kind: 'registry' | 'ingress' | 'oauth2' | 'admin' }
  /** Google's, and not served here: connections are taken, so that clients read what their calls are told. */
  | { readonly kind: 'unserved'; readonly host: string }
  /** The metadata server's, which nobody answers for outside of containers; `why` is a sentence for the client. */
  | { readonly kind: 'refused'; readonly why: string }
  /** A served API in a region that there is none: Google's front end takes the connection and finds nothing there. */
  | { readonly kind: 'unknown-region'; readonly why: string }
  /** Nobody's that we know: the plane's own address in a request, a stranger's in a CONNECT. */
  | { readonly kind: 'other' };

/** Hosts beside the APIs' own. The first pattern that matches decides. */
const DOORS: readonly (readonly [pattern: RegExp, kind: 'registry' | 'ingress' | 'oauth2' | 'admin'])[] = [
  [/^[a-z0-9-]+-docker\.pkg\.dev$/, 'registry'],
  [/^(?:[a-z0-9-]+\.)?gcr\.io$/, 'registry'],
  [/^(?:[a-z0-9-]+\.)+run\.app$/, 'ingress'],
  [/^(?:oauth2|www|openidconnect|sts)\.googleapis\.com$/, 'oauth2'],
  [/^accounts\.google\.com$/, 'oauth2'],
  // Not Google's: the plane plays the issuer of GitHub's workflows, whose tokens are exchanged here.
  [/^token\.actions\.githubusercontent\.com$/, 'oauth2'],
  [/^sekisho\.internal$/, 'admin'],
];

/** Google's names: a request to one must never leave the machine, nor be taken for something else. */
const GOOGLE = new RegExp(
  `(?:^|\\.)(?:${[
    'googleapis\\.com|google\\.com|googleusercontent\\.com|gstatic\\.com|goog',
    'pkg\\.dev|gcr\\.io|run\\.app|appspot\\.com|cloudfunctions\\.net|cloudproxy\\.app',
    'firebaseapp\\.com|firebaseio\\.com|firebasedatabase\\.app|firebasestorage\\.app|web\\.app|hosted\\.app',
  ].join('|')})$`,
);
/** The metadata server (https://cloud.google.com/compute/docs/metadata/querying-metadata). */
const METADATA = /^169\.254\.169\.254$|(?:^|\.)google\.internal$/;

export interface HostTable {
  /** @param host in lower case, without port */
  route(host: string): HostRoute;
}

export function hostTable(apis: readonly Api[]): HostTable {
  const byHost = new Map(apis.map((api) => [api.host, api]));

  function regional(host: string): HostRoute | undefined {
    for (const api of apis) {
      if (!api.regional || !host.endsWith(`-${api.host}`)) continue;
      const location = host.slice(0, -api.host.length - 1);
      return isRegion(location)
        ? { kind: 'api', api, location }
        : { kind: 'unknown-region', why: `${host}: ${location} is no region of ${api.host}.` };
    }
    return undefined;
  }

  return {
    route(host) {
      const api = byHost.get(host);
      if (api) return { kind: 'api', api };
      const inRegion = regional(host);
      if (inRegion) return inRegion;
      const door = DOORS.find(([pattern]) => pattern.test(host));
      if (door) return { kind: door[1] };
      if (METADATA.test(host)) {
        return { kind: 'refused', why: `${host} belongs to Google and is not served by Sekisho.` };
      }
      if (GOOGLE.test(host)) return { kind: 'unserved', host };
      return { kind: 'other' };
    },
  };
}

/** A host and port as in a Host header or a CONNECT, taken apart; undefined when the text is neither. */
export function parseAuthority(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(\d{1,5}))?$/.exec(text.toLowerCase());
  const [, host, port] = match ?? [];
  if (host === undefined) return undefined;
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && (number < 1 || number > 65535)) return undefined;
  return { host: host.replace(/\.$/, '').replace(/^\[|\]$/g, ''), port: number };
}

/** Browsers resolve `*.localhost` to themselves: there a service answers without any proxy. */
export function withoutLocalhost(host: string): string {
  return /\.run\.app\.localhost$/.test(host) ? host.slice(0, -'.localhost'.length) : host;
}

/** True for a client on the plane's Unix socket: on this machine, in a network namespace of its own. */
export function isUnaddressed(address: string): boolean {
  return address === '';
}

/** True for a peer on this machine. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
