/**
 * WebSockets to an instance (https://cloud.google.com/run/docs/triggering/websockets): the container decides; once it
 * has agreed, bytes pass both ways until either side, or the service's request timeout, ends it.
 */
import http, { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ingressContainer, type Lease } from '../deployments/index.js';
import type { HttpContext } from '../google/index.js';
import { Answer } from './answer.js';
import type { Along, Outcome } from './forward.js';
import { fromRaw, requestHeaders } from './head.js';

/** A client's side of a connection that asked for an upgrade. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came after the request's head. */
  readonly head: Buffer;
  /** For an answer in place of the upgrade; the connection ends with it. */
  readonly response: ServerResponse;
}

export function upgradeOf(request: IncomingMessage, socket: Duplex, head: Buffer): Upgrade {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.once('finish', () => socket.end());
  return { request, socket, head, response };
}

/** Bytes that have passed after the heads. */
interface Counted {
  request: number;
  response: number;
}

/**
 * Asks the instance for the upgrade, and passes on what it says.
 * @returns when it is over
 */
export async function forwardUpgrade(
  { request, socket, head, response }: Upgrade,
  context: HttpContext,
  lease: Lease,
  along: Along,
): Promise<Outcome> {
  const sizes: Counted = { request: 0, response: 0 };
  let upstream: Duplex | undefined;
  let late = false;
  const end = () => {
    upstream?.destroy();
    if (response.socket === null) socket.destroy();
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, along.timeoutMs);
  socket.once('close', end);
  try {
    upstream = await lease.instance.connect(ingressContainer(lease.revision.template).port.number);
    if (late || socket.destroyed) throw new Error('nobody waits for the connection any longer');
    const answer = await ask(upstream, request, context, along);
    if (answer.kind === 'refused') {
      sizes.response = await relay(answer.incoming, new Answer(response, along.cookie));
    } else {
      response.statusCode = 101;
      response.detachSocket(socket as Socket);
      socket.write(headOf(answer.incoming, along.cookie));
      upstream.write(head);
      socket.write(answer.head);
      await join(socket, upstream, sizes);
    }
    return { kind: 'answered', sizes };
  } catch {
    const begun = response.socket === null || response.headersSent;
    const clientGone = socket.destroyed && !late;
    if (begun) socket.destroy();
    if (clientGone) return { kind: 'gone', sizes };
    return { kind: late ? 'timeout' : 'no-answer', begun, sizes };
  } finally {
    clearTimeout(timer);
    socket.off('close', end);
    upstream?.destroy();
  }
}

type Reply =
  | { readonly kind: 'agreed'; readonly incoming: IncomingMessage; readonly head: Buffer }
  | { readonly kind: 'refused'; readonly incoming: IncomingMessage };

function ask(
  upstream: Duplex,
  request: IncomingMessage,
  context: HttpContext,
  { trace, headers }: Along,
): Promise<Reply> {
  const outgoing = http.request({
    method: request.method ?? 'GET',
    path: context.url,
    headers: {
      ...requestHeaders(request, context, trace, headers),
      connection: 'Upgrade',
      upgrade: request.headers.upgrade,
    },
    setHost: false,
    createConnection: () => upstream,
  });
  return new Promise((resolve, reject) => {
    outgoing.once('upgrade', (incoming, _socket, head) => resolve({ kind: 'agreed', incoming, head }));
    outgoing.once('response', (incoming) => resolve({ kind: 'refused', incoming }));
    outgoing.once('error', reject);
    outgoing.end();
  });
}

/** The container's head as it sent it. */
function headOf({ rawHeaders, statusMessage }: IncomingMessage, cookie: string | undefined): Buffer {
  const lines = [`HTTP/1.1 101 ${statusMessage ?? ''}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  if (cookie !== undefined) lines.push(`set-cookie: ${cookie}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Passes on an answer that is no upgrade. @returns the bytes of its body */
async function relay(incoming: IncomingMessage, answer: Answer): Promise<number> {
  answer.head(incoming.statusCode ?? 502, fromRaw(incoming.rawHeaders), true);
  answer.onDrain = () => incoming.resume();
  incoming.on('data', (chunk: Buffer) => {
    if (!answer.write(chunk)) incoming.pause();
  });
  await new Promise<void>((resolve, reject) => {
    incoming.once('error', reject);
    incoming.once('end', resolve);
  });
  answer.end();
  return answer.size;
}

/** Resolves when both ends are closed: what the instance has sent before reaches the client. */
function join(client: Duplex, instance: Duplex, sizes: Counted): Promise<void> {
  client.on('data', (chunk: Buffer) => {
    sizes.request += chunk.length;
  });
  instance.on('data', (chunk: Buffer) => {
    sizes.response += chunk.length;
  });
  client.pipe(instance).pipe(client);
  for (const each of [client, instance]) each.on('error', () => each.destroy());
  const closed = (each: Duplex) => new Promise<void>((resolve) => each.once('close', resolve));
  client.once('close', () => instance.destroy());
  instance.once('close', () => client.end(() => client.destroy()));
  return Promise.all([closed(client), closed(instance)]).then(() => undefined);
}
