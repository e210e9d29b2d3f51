/** Addresses: the one to listen on, and the proxy that this machine used so far. Pure. */

export interface Listen {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
}

/** Reads `HOST:PORT`, with `[…]` around an IPv6 address; undefined when it is none. */
export function parseListen(text: string): Listen | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) return undefined;
  return { host, port, loopback: isLoopback(host) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

export type FormerProxy =
  | { readonly kind: 'proxy'; readonly url: URL }
  | { readonly kind: 'bad'; readonly name: string; readonly text: string };

/**
 * The proxy that other hosts are reached through: HTTPS_PROXY or https_proxy of the environment; undefined when
 * there is none, or when it is the plane itself, whose environment this one then is.
 */
export function upstreamProxy(env: NodeJS.ProcessEnv, listen: Listen): FormerProxy | undefined {
  const name = ['https_proxy', 'HTTPS_PROXY'].find((candidate) => env[candidate]);
  const text = name === undefined ? undefined : env[name];
  if (name === undefined || text === undefined) return undefined;
  // curl and others take `host:port` for an HTTP proxy.
  const whole = text.includes('://') ? text : `http://${text}`;
  if (!/^https?:/i.test(whole) || !URL.canParse(whole)) return { kind: 'bad', name, text };
  const url = new URL(whole);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const itself = port === listen.port && (host === listen.host || (isLoopback(host) && mayBeLocal(listen)));
  return itself ? undefined : { kind: 'proxy', url };
}

/** True when the address includes this machine's own. */
function mayBeLocal({ host, loopback }: Listen): boolean {
  return loopback || host === '0.0.0.0' || host === '::';
}
