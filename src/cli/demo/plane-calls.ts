/** Calls to a running plane in the direct form, `http://HOST:PORT/<api host>/<path>`, as one member. */
import { request } from 'node:http';
import type { RunningPlane } from '../../plane/clients/index.js';

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/**
 * One call of a Google API.
 * @param host e.g. `run.googleapis.com`
 * @param path with its query, e.g. `/v1/projects/p`
 */
export async function callApi(
  plane: RunningPlane,
  token: string,
  verb: 'GET' | 'POST' | 'PUT',
  host: string,
  path: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const url = new URL(`/${host}${path}`, plane.url);
  return send(url, verb, { authorization: `Bearer ${token}` }, body, signal);
}

/** Asks for a page of a service under the name that browsers use; it resolves to this machine by itself. */
export async function getPage(plane: RunningPlane, serviceHost: string, token: string): Promise<Answer> {
  const { port } = new URL(plane.url);
  const headers = { host: `${serviceHost}.localhost:${port}`, authorization: `Bearer ${token}` };
  return send(new URL('/', plane.url), 'GET', headers);
}

function send(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        agent: false,
        ...(signal ? { signal } : {}),
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const received = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text: received, json: parse(received) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
