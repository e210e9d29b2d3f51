/** HTTP/2 in the clear to an instance: one session, every request a stream of it. */
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { Lease } from '../deployments/index.js';
import type { Answer } from './answer.js';
import type { Asked, Sent, Upstream } from './exchange.js';
import type { Headers } from './head.js';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_FLAG_END_STREAM } = http2.constants;
/** What one stream may have under way: enough for uploads not to wait for each acknowledgement. */
const WINDOW = 1024 * 1024;

export class H2c implements Upstream {
  #session: Promise<ClientHttp2Session> | undefined;
  #usable: ClientHttp2Session | undefined;
  #closed = false;

  constructor(
    private readonly instance: Lease['instance'],
    private readonly port: number,
  ) {}

  async send(asked: Asked, answer: Answer, fresh: boolean): Promise<Sent> {
    const kept = fresh ? undefined : this.#usable;
    const reused = kept !== undefined && !kept.closed && !kept.destroyed;
    const session = reused ? kept : await this.#connected();
    const { host, ...headers } = asked.headers;
    const stream = session.request(
      { ...headers, ':method': asked.method, ':path': asked.path, ':authority': String(host) },
      { endStream: asked.body === undefined },
    );
    asked.body?.pipe(stream);
    asked.body?.once('error', () => stream.close(NGHTTP2_CANCEL));
    stream.once('close', () => asked.body?.destroy());
    return {
      reused,
      done: relayed(stream, answer),
      abort: () => stream.close(NGHTTP2_CANCEL),
    };
  }

  close(): void {
    this.#closed = true;
    this.#usable?.destroy();
  }

  /** The session that is being made, or a new one. */
  #connected(): Promise<ClientHttp2Session> {
    this.#session ??= this.#open().finally(() => {
      this.#session = undefined;
    });
    return this.#session;
  }

  async #open(): Promise<ClientHttp2Session> {
    const socket = await this.instance.connect(this.port);
    const session = http2.connect('http://instance', {
      createConnection: () => socket,
      settings: { initialWindowSize: WINDOW, enablePush: false },
    });
    session.on('error', () => undefined);
    const unusable = () => {
      if (this.#usable === session) this.#usable = undefined;
    };
    session.once('goaway', unusable);
    session.once('close', unusable);
    if (this.#closed) session.destroy();
    else this.#usable = session;
    return session;
  }
}

/** Passes a stream's answer on; settles when it is over. */
function relayed(stream: ClientHttp2Stream, answer: Answer): Promise<void> {
  return new Promise((resolve, reject) => {
    let trailers: Headers = {};
    let whole = false;
    const fail = (error: unknown) => {
      stream.close(NGHTTP2_CANCEL);
      reject(error);
    };
    answer.onDrain = () => stream.resume();
    stream.on('headers', (headers) => answer.inform(Number(headers[':status']), given(headers)));
    stream.once('response', (headers, flags) => {
      try {
        answer.head(Number(headers[':status']), given(headers), false);
      } catch (error) {
        fail(error);
        return;
      }
      if ((flags & NGHTTP2_FLAG_END_STREAM) === 0) setImmediate(() => answer.flushHead());
    });
    stream.on('data', (chunk: Buffer) => {
      if (!answer.write(chunk)) stream.pause();
    });
    stream.on('trailers', (headers) => {
      trailers = given(headers);
    });
    stream.once('end', () => {
      whole = stream.rstCode === NGHTTP2_NO_ERROR && !stream.aborted;
      if (!whole) return;
      // The event of the trailers comes in the same turn, and after this one where there was no body.
      setImmediate(() => {
        answer.end(trailers);
        resolve();
        // A server may answer without hearing the request out.
        if (!stream.writableEnded) stream.close(NGHTTP2_NO_ERROR);
      });
    });
    stream.once('error', fail);
    stream.once('close', () => {
      if (!whole) reject(new Error(`the stream was closed with code ${stream.rstCode}`));
    });
  });
}

/** Without the pseudo-headers, which responseHeaders() leaves out too. */
function given(headers: http2.IncomingHttpHeaders): Headers {
  const own: Headers = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !name.startsWith(':')) own[name] = value;
  }
  return own;
}
