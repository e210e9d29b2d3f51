/** The client's side of one exchange: the container's answer is written here as it comes, over either protocol. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpResponse } from '../google/index.js';
import { type Headers, responseHeaders } from './head.js';

/** An HTTP/1 server's answer whose length is told beforehand may be this long (https://cloud.google.com/run/quotas). */
const LARGEST = 32 * 2 ** 20;

/** The container's answer is longer than Cloud Run passes on. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

export class Answer {
  /** Bytes of the body that have passed. */
  size = 0;
  /** Set when all of the answer has been handed over. */
  ended = false;
  /** Called when the client takes more, after `write` has said that it takes none for now. */
  onDrain: (() => void) | undefined;
  readonly #extra: Headers;
  /** Whether the head is the container's, which no error page can replace any longer. */
  #headed = false;

  constructor(
    private readonly response: HttpResponse,
    /** Added to the container's own cookies. */
    cookie: string | undefined,
  ) {
    this.#extra = cookie === undefined ? {} : { 'set-cookie': [cookie] };
  }

  /** True once an error page cannot take the answer's place any longer. */
  get begun(): boolean {
    return this.#headed || this.response.headersSent;
  }

  /** An informational answer before the real one (RFC 8297): hints are passed on, the others mean nothing here. */
  inform(status: number, headers: Headers): void {
    const { link } = headers;
    if (status === 103 && link !== undefined && !this.begun) this.response.writeEarlyHints({ link });
  }

  /**
   * @param limited whether answers of an HTTP/1 server are meant
   * @throws AnswerTooLarge
   */
  head(status: number, container: Headers, limited: boolean): void {
    if (limited && Number(container['content-length'] ?? 0) > LARGEST)
      throw new AnswerTooLarge('the answer is too large');
    this.#headed = true;
    const headers = responseHeaders(container);
    headers.server = 'Google Frontend';
    const cookie = this.#extra['set-cookie'];
    if (cookie) headers['set-cookie'] = [headers['set-cookie'] ?? [], cookie].flat();
    const { response } = this;
    if ('stream' in response) {
      // The head leaves with the first byte or with the end, so that an answer of a head alone stays one.
      response.statusCode = status;
      delete headers.trailer;
      for (const name in headers) response.setHeader(name, headers[name] ?? '');
      return;
    }
    response.writeHead(status, headers);
  }

  /** Sends the head at once, where nothing may follow for a while. */
  flushHead(): void {
    const { response } = this;
    if (this.ended) return;
    if (!('stream' in response)) response.flushHeaders();
    else if (!response.headersSent) response.writeHead(response.statusCode);
  }

  /** @returns false when the client takes no more for now */
  write(chunk: Buffer): boolean {
    this.size += chunk.length;
    const { response } = this;
    // Two classes whose overloads differ: one call for each.
    const more = 'stream' in response ? response.write(chunk) : response.write(chunk);
    if (!more && this.onDrain) response.once('drain', this.onDrain);
    return more;
  }

  end(trailers: Headers = {}): void {
    this.ended = true;
    const { response } = this;
    const names = Object.keys(trailers);
    if ('stream' in response) response.addTrailers(trailers as OutgoingHttpHeaders);
    else if (names.length > 0) response.addTrailers(Object.entries(trailers).flatMap(pairs));
    response.end();
  }

  /** Ends an answer that broke off, so that it does not look complete. */
  cut(): void {
    const { response } = this;
    if ('stream' in response) response.stream.close(INTERNAL_ERROR);
    else response.destroy();
  }
}

/** RFC 9113, section 7. */
const INTERNAL_ERROR = 0x2;

function pairs([name, value]: [string, string | string[]]): [string, string][] {
  return [value].flat().map((each) => [name, each]);
}
