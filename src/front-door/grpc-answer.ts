/** Writes what connect-es answers: headers, the messages, and over HTTP/2 the trailers with the status. */
import { once } from 'node:events';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import type { HttpRequest, HttpResponse } from '../google/index.js';

/** Writes an answer; stops without a word when the client is gone. */
export async function writeAnswer(
  request: HttpRequest,
  response: HttpResponse,
  { status, header, body, trailer }: UniversalServerResponse,
): Promise<void> {
  response.statusCode = status;
  header?.forEach((value, name) => {
    response.setHeader(name, value);
  });
  for await (const chunk of body ?? []) {
    if (response.destroyed) return;
    if (!write(response, chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  if (response.destroyed) return;
  // Headers that end() sends end the stream: trailers would be lost.
  if (!response.headersSent) response.writeHead(status);
  if (trailer && 'stream' in response) response.addTrailers(Object.fromEntries(trailer.entries()));
  end(response);
  // What the client still sends of a call that was refused is thrown away.
  request.resume();
}

function write(response: HttpResponse, chunk: Uint8Array): boolean {
  return 'stream' in response ? response.write(chunk) : response.write(chunk);
}

function end(response: HttpResponse): void {
  if ('stream' in response) response.end();
  else response.end();
}

/**
 * Spells `grpc-message` as gRPC prescribes: only what is no printable ASCII, and the percent sign, is encoded
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Percent-Encoded). connect-es encodes everything
 * that a URL component would, and clients that decode with decodeURI() (grpc-js) leave slashes and colons encoded.
 */
export function readableMessage(answer: UniversalServerResponse): UniversalServerResponse {
  const { body, trailer } = answer;
  if (!body || !trailer) return answer;
  return { ...answer, body: respelled(body, trailer) };
}

async function* respelled(body: AsyncIterable<Uint8Array>, trailer: Headers): AsyncIterable<Uint8Array> {
  yield* body;
  const message = trailer.get('grpc-message');
  if (message !== null) trailer.set('grpc-message', percentEncoded(decodeURIComponent(message)));
}

export function percentEncoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
