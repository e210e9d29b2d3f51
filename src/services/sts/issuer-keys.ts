/**
 * The public keys of identity providers, asked of themselves by OpenID Connect Discovery 1.0. Who configures a
 * provider says where that goes, so nothing on this machine or in its networks is ever asked.
 */
import { lookup } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { JSONWebKeySet } from 'jose';
import { isJsonObject, type JsonValue } from '../../google/index.js';

export interface IssuerKeysOptions {
  readonly clock: () => Date;
  /** True keeps the plane from asking anybody outside. */
  readonly refuse: boolean;
  /** The proxy by which this machine reaches the internet, if by one; it has to keep from private addresses itself. */
  readonly proxy?: URL;
}

/** Why keys could not be had; the message is for the plane's log, not for callers. */
export class NoIssuerKeys extends Error {
  override readonly name = 'NoIssuerKeys';
}

/** Asks for one document. @throws NoIssuerKeys */
export type FetchDocument = (url: URL) => Promise<JsonValue>;

/** @throws NoIssuerKeys */
export type IssuerKeys = (issuer: string, options?: { readonly fresh?: boolean }) => Promise<JSONWebKeySet>;

const KEPT_MS = 5 * 60 * 1000;
/** Keys are asked for anew for a key that is not there, but no more often than this. */
const FRESH_MS = 30 * 1000;
const MOST_ISSUERS = 1000;
const TIMEOUT_MS = 5000;
const LARGEST = 256 * 1024;

/** Keys by issuer, kept for five minutes. */
export function issuerKeys(
  options: IssuerKeysOptions,
  fetchDocument: FetchDocument = (url) => fetchPublic(url, options.proxy),
): IssuerKeys {
  const kept = new Map<string, { readonly keys: JSONWebKeySet; readonly since: number }>();
  return async (issuer, { fresh = false } = {}) => {
    const now = options.clock().getTime();
    const known = kept.get(issuer);
    const age = known === undefined ? Number.POSITIVE_INFINITY : now - known.since;
    if (known && age < (fresh ? FRESH_MS : KEPT_MS)) return known.keys;
    if (options.refuse) throw new NoIssuerKeys('The plane was started with --no-egress: no issuer is asked.');
    const keys = await discover(issuer, fetchDocument);
    if (kept.size >= MOST_ISSUERS) kept.clear();
    kept.set(issuer, { keys, since: now });
    return keys;
  };
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function discover(issuer: string, fetchDocument: FetchDocument): Promise<JSONWebKeySet> {
  const document = await fetchDocument(
    new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
  );
  const place = isJsonObject(document) ? document.jwks_uri : undefined;
  if (typeof place !== 'string' || !URL.canParse(place)) {
    throw new NoIssuerKeys(`The discovery document of ${issuer} has no jwks_uri.`);
  }
  const set = await fetchDocument(new URL(place));
  if (!isJsonObject(set) || !Array.isArray(set.keys) || !set.keys.every(isJsonObject)) {
    throw new NoIssuerKeys(`${place} is no JWK set.`);
  }
  return { keys: set.keys.map((key) => ({ ...key, kty: String(key.kty) })) } as JSONWebKeySet;
}

/** What is no address of the internet (https://www.iana.org/assignments/iana-ipv4-special-registry, and IPv6's). */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv4');
}
/** Of IPv6, global unicast is all that there is of the internet; parts of it lead back to IPv4. */
const GLOBAL6 = new BlockList();
GLOBAL6.addSubnet('2000::', 3, 'ipv6');
const TUNNELS6 = new BlockList();
TUNNELS6.addSubnet('2001::', 32, 'ipv6');
TUNNELS6.addSubnet('2001:db8::', 32, 'ipv6');
TUNNELS6.addSubnet('2002::', 16, 'ipv6');

/** True for an address out in the internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !PRIVATE.check(address, 'ipv4');
  return family === 6 && GLOBAL6.check(address, 'ipv6') && !TUNNELS6.check(address, 'ipv6');
}

/** Finds addresses and takes only public ones: those that are checked are those that are connected to. */
const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, []);
    const stranger = addresses.find(({ address }) => !isPublic(address));
    if (stranger) return done(new NoIssuerKeys(`${hostname} is not in the internet.`), []);
    const [first] = addresses;
    if (options.all || first === undefined) return done(null, addresses);
    return done(null, first.address, first.family);
  });
};

/**
 * Asks for a document over HTTPS. Redirects are not followed.
 * @throws NoIssuerKeys
 */
export async function fetchPublic(url: URL, proxy: URL | undefined): Promise<JsonValue> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:') throw new NoIssuerKeys(`${url} does not begin with https://.`);
  if (isIP(host) !== 0 && !isPublic(host)) throw new NoIssuerKeys(`${host} is not in the internet.`);
  const socket = proxy === undefined ? undefined : await tunnel(proxy, host, url.port || '443');
  const headers = { accept: 'application/json', 'user-agent': 'sekisho' };
  const way = socket === undefined ? { lookup: publicLookup } : { createConnection: () => socket };
  const sent = secureRequest(url, { headers, agent: false, ...way, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return readJson(url, sent);
}

function readJson(url: URL, sent: ClientRequest): Promise<JsonValue> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      sent.destroy();
      reject(new NoIssuerKeys(`${url}: ${why}`));
    };
    sent.on('error', ({ message }) => fail(message));
    sent.on('response', (response: IncomingMessage) => {
      if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > LARGEST) fail('the document is too large');
      });
      response.on('error', ({ message }) => fail(message));
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonValue);
        } catch {
          fail('no JSON');
        }
      });
    });
    sent.end();
  });
}

/** TLS to a host by way of a proxy (RFC 9110, 9.3.6). */
function tunnel(proxy: URL, host: string, port: string): Promise<TLSSocket> {
  const request = proxy.protocol === 'https:' ? secureRequest : plainRequest;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const headers = {
    host: authority,
    ...(credentials === ':'
      ? {}
      : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
  };
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new NoIssuerKeys(`The proxy does not lead to ${authority}: ${why}`));
    const sent = request(proxy, {
      method: 'CONNECT',
      path: authority,
      headers,
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    sent.on('error', ({ message }) => fail(message));
    sent.on('connect', ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        return fail(`status ${statusCode}`);
      }
      return resolve(connectTls({ socket, ...(isIP(host) === 0 ? { servername: host } : {}) }));
    });
    sent.end();
  });
}
