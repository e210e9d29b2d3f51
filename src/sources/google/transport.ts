/** One HTTPS request, through the caller's own proxy, on connections that are kept: no more than what was asked. */
import type { CallRequest } from './request.js';

/** What a server said. */
export interface Received {
  readonly status: number;
  readonly body: string;
  /** Values of headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Nothing was said, or not all of it. */
export class NotReceived extends Error {
  override readonly name = 'NotReceived';
}

export type Transport = (
  request: CallRequest,
  headers: Readonly<Record<string, string>>,
) => Promise<Received>;

export interface TransportOptions {
  /** Where `HTTPS_PROXY` and `NO_PROXY` stand. */
  readonly env: NodeJS.ProcessEnv;
  /** For the whole of one request, to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Certificates to trust in place of those that Node.js does, in PEM. */
  readonly ca?: string;
}

/** Answers are kilobytes; a policy has at most 1,500 members (https://cloud.google.com/iam/quotas). */
const MAX_BYTES = 64 * 1024 * 1024;
/** Requests at a time are limited by the reader; a connection for each of them at most. */
const CONNECTIONS = 8;

/** Loaded when it is first needed: most commands ask nobody. */
export function httpTransport({ env, timeoutMs, ca }: TransportOptions): Transport {
  let client: Promise<Client> | undefined;
  const open = async () => {
    const { EnvHttpProxyAgent, request } = await import('undici');
    const { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = env;
    const tls = ca === undefined ? {} : { ca };
    const dispatcher = new EnvHttpProxyAgent({
      httpProxy: http_proxy ?? HTTP_PROXY ?? '',
      httpsProxy: https_proxy ?? HTTPS_PROXY ?? '',
      noProxy: no_proxy ?? NO_PROXY ?? '',
      connections: CONNECTIONS,
      connect: tls,
      requestTls: tls,
    });
    return { dispatcher, request };
  };
  return async ({ verb, url, body }, headers) => {
    client ??= open();
    const { dispatcher, request } = await client;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        dispatcher,
        method: verb,
        headers: { accept: 'application/json', 'user-agent': 'sekisho', ...headers },
        ...(body === undefined ? {} : { body }),
        signal,
      });
      return {
        status: answer.statusCode,
        body: await textOf(answer.body, url),
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([key, value]) => [
            key,
            Array.isArray(value) ? value.join(', ') : value,
          ]),
        ),
      };
    } catch (error) {
      if (signal.aborted) {
        throw new NotReceived(`${url.host} did not answer within ${timeoutMs / 1000} s`, { cause: error });
      }
      if (error instanceof NotReceived) throw error;
      throw new NotReceived(`${url.host} could not be reached: ${causeOf(error)}`, { cause: error });
    }
  };
}

interface Client {
  readonly dispatcher: import('undici').Dispatcher;
  readonly request: typeof import('undici').request;
}

async function textOf(body: AsyncIterable<Uint8Array>, url: URL): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > MAX_BYTES) throw new NotReceived(`${url.host} answered more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message.split('\n', 1)[0] ?? ''}`;
}
