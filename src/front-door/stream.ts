/**
 * A call that goes on: the same questions as for every other one, asked of each request, and asked again before each
 * answer, since a token ends and a role is taken away while the stream is open.
 */
import { GoogleError, type StreamCall, unimplemented } from '../google/index.js';
import { type AdmittedCall, authorize, callOf, type PipelineOptions } from './pipeline.js';

/** What a transport does around the handler of a stream. */
export interface StreamExchange<T> {
  /** The client's requests, decoded. @throws GoogleError for one that cannot be read */
  readonly requests: AsyncIterable<unknown>;
  readonly encode: (response: never) => T;
  /** Ends when the client goes away or its deadline has passed. */
  readonly signal: AbortSignal;
  /** Finds out once more who calls. @throws GoogleError UNAUTHENTICATED when the token is no good any more */
  readonly readmit: () => Promise<AdmittedCall>;
  /** Why the signal ended, in the caller's terms. */
  readonly whyEnded: () => GoogleError;
}

/** The longest that a timer takes, in ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Serves an admitted stream.
 * @returns what the exchange's encode makes of each answer
 * @throws whatever refuses or ends the stream; the transport writes it out
 */
export async function* invokeStream<T>(
  options: PipelineOptions,
  admitted: AdmittedCall,
  exchange: StreamExchange<T>,
): AsyncGenerator<T, void, undefined> {
  const { method } = admitted;
  if (!method.stream) throw unimplemented(`Method ${method.name} is no stream.`);
  const ending = new Ending(options, exchange);
  const now = options.clock;
  const call: StreamCall = { ...callOf(options, admitted, ending.signal), now };
  const right = new Right(options, admitted, call, exchange);
  try {
    right.watchToken((error) => ending.end(error));
    const requests = checked(exchange.requests, right, ending);
    for await (const response of method.stream(requests, call)) {
      if (ending.signal.aborted) break;
      await right.check();
      yield exchange.encode(response as never);
    }
    if (ending.signal.aborted) throw ending.signal.reason;
  } catch (error) {
    // A handler that is interrupted may fail of it: what interrupted it says more.
    throw options.translate(ending.signal.aborted ? ending.signal.reason : error);
  } finally {
    right.close();
    ending.close();
  }
}

/**
 * The requests that the caller may make, until the stream ends. One that is refused ends it, whether or not the handler
 * listens.
 */
async function* checked(
  requests: AsyncIterable<unknown>,
  right: Right,
  ending: Ending,
): AsyncGenerator<never, void, undefined> {
  const iterator = requests[Symbol.asyncIterator]();
  const ended = ending.whenEnded().then(() => ({ done: true as const, value: undefined }));
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), ended]);
      if (next.done === true) return;
      const message = next.value as never;
      await right.ask(message);
      yield message;
    }
  } catch (error) {
    ending.end(error);
    throw error;
  }
}

/** Why a stream ends before its handler is done, whichever comes first. */
class Ending {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[] = [];

  constructor({ closing }: PipelineOptions, { signal, whyEnded }: StreamExchange<unknown>) {
    this.#heed(signal, whyEnded);
    this.#heed(closing, () => new GoogleError('UNAVAILABLE', 'The server is shutting down.'));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  whenEnded(): Promise<void> {
    const { signal } = this.#controller;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  end(reason: unknown): void {
    this.#controller.abort(reason);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    // What the handler left waiting goes too.
    this.end(new GoogleError('CANCELLED', 'The stream is over.'));
  }

  #heed(signal: AbortSignal, reason: () => GoogleError): void {
    const onAbort = () => this.end(reason());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#stops.push(() => signal.removeEventListener('abort', onAbort));
  }
}

/** Whether the caller may have what the stream gives: by the token it came with, and by its latest request. */
class Right {
  #latest: { readonly message: never } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly options: PipelineOptions,
    readonly admitted: AdmittedCall,
    readonly call: StreamCall,
    readonly exchange: Pick<StreamExchange<unknown>, 'readmit'>,
  ) {}

  /** @throws GoogleError when the caller may not ask for that */
  async ask(message: never): Promise<void> {
    const { options, admitted, call } = this;
    call.authorizations.length = 0;
    await authorize(options.access, admitted.rule, message, { ...call, time: call.now() });
    this.#latest = { message };
  }

  /** @throws GoogleError when the caller may not any more */
  async check(): Promise<void> {
    await this.exchange.readmit();
    if (this.#latest) await this.ask(this.#latest.message);
  }

  /** Has the stream end with its token though it has nothing to say. */
  watchToken(end: (error: unknown) => void): void {
    const expires = this.admitted.caller?.expires;
    if (expires === undefined) return;
    const left = expires * 1000 - this.call.now().getTime();
    // A clock that is set back lets the token live longer.
    const look = () => this.check().then(() => this.watchToken(end), end);
    this.#timer = setTimeout(look, Math.min(Math.max(left, 1000), LONGEST_TIMER_MS)).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
