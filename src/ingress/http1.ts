/** HTTP/1.1 to an instance, over kept connections. */
import { Socket } from 'node:net';
import type { Client, Dispatcher } from 'undici';
import type { Lease } from '../deployments/index.js';
import type { Answer } from './answer.js';
import type { Asked, Sent, Upstream } from './exchange.js';
import { fromRaw } from './head.js';

/**
 * How long an unused connection is kept where the server does not say how long it keeps its own. Servers close theirs
 * after seconds (gunicorn after two), and a request that meets the closing is lost.
 */
const KEPT_MS = 1000;
/** The longest that a server's word is taken for. */
const KEPT_AT_MOST_MS = 60_000;
const LARGEST_HEAD = 256 * 1024;

/** Loaded when the first request comes: it takes a tenth of the start-up time. */
let library: Promise<typeof import('undici')> | undefined;
export function loadClient(): Promise<typeof import('undici')> {
  library ??= import('undici');
  return library;
}

interface Connection {
  readonly client: Client;
  reused: boolean;
}

/** The connections to one instance, of which the one that was used last is used first. */
export class Http1 implements Upstream {
  #idle: Connection[] = [];
  readonly #all = new Set<Client>();
  #closed = false;

  constructor(
    private readonly instance: Lease['instance'],
    private readonly port: number,
  ) {}

  async send(asked: Asked, answer: Answer, fresh: boolean): Promise<Sent> {
    const kept = fresh ? undefined : this.#idle.pop();
    const connection = kept ?? this.#open(await loadClient());
    const exchange = new Exchange(answer, connection.reused);
    const { body = null, ...options } = asked;
    connection.client.dispatch({ ...options, body, method: asked.method as Dispatcher.HttpMethod }, exchange);
    // Whoever waits for the exchange hears of its failure; here it is only about the connection.
    exchange.done.then(
      () => this.#keep(connection),
      () => this.#drop(connection.client),
    );
    return exchange;
  }

  close(): void {
    this.#closed = true;
    this.#idle = [];
    for (const client of this.#all) this.#drop(client);
  }

  #open(undici: typeof import('undici')): Connection {
    const client = new undici.Client('http://instance', {
      pipelining: 1,
      // The request timeout counts for all of an exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEPT_MS,
      keepAliveMaxTimeout: KEPT_AT_MOST_MS,
      maxHeaderSize: LARGEST_HEAD,
      connect: (_options, callback) => {
        this.instance.connect(this.port).then(
          (socket) => {
            if (socket instanceof Socket) callback(null, socket.setNoDelay(true));
            else callback(new Error('the connection to the instance is no socket'), null);
          },
          (error: Error) => callback(error, null),
        );
      },
    });
    const connection = { client, reused: false };
    client.on('disconnect', () => {
      this.#idle = this.#idle.filter((other) => other !== connection);
      this.#drop(client);
    });
    this.#all.add(client);
    return connection;
  }

  #keep(connection: Connection): void {
    connection.reused = true;
    if (this.#closed || connection.client.destroyed) this.#drop(connection.client);
    else this.#idle.push(connection);
  }

  #drop(client: Client): void {
    if (!this.#all.delete(client)) return;
    client.destroy().catch(() => undefined);
  }
}

/** One request and its answer, in the client library's terms. */
class Exchange implements Sent, Dispatcher.DispatchHandler {
  readonly done: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #abort: ((reason?: Error) => void) | undefined;
  #given: Error | undefined;

  constructor(
    private readonly answer: Answer,
    readonly reused: boolean,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  abort(reason: Error): void {
    this.#given = reason;
    this.#abort?.(reason);
    // Also where the connection has not come about yet.
    this.#reject(reason);
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort;
    if (this.#given) abort(this.#given);
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    const headers = fromRaw(raw);
    if (status < 200) {
      this.answer.inform(status, headers);
      return true;
    }
    this.answer.onDrain = resume;
    this.answer.head(status, headers, true);
    // The body mostly comes with the head; where it does not, the client is not kept waiting for the head.
    setImmediate(() => this.answer.flushHead());
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.answer.write(chunk);
  }

  onComplete(trailers: (Buffer | string)[] | null): void {
    this.answer.end(fromRaw(trailers ?? []));
    this.#resolve();
  }

  onError(error: Error): void {
    this.#reject(this.#given ?? error);
  }
}
