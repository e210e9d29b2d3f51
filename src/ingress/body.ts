/** A request's body on its way to the container. */
import { Transform, type TransformCallback } from 'node:stream';
import type { HttpRequest } from '../google/index.js';

/** What an HTTP/1 server is sent at most (https://cloud.google.com/run/quotas); there is no limit over HTTP/2. */
export const LARGEST_BODY = 32 * 2 ** 20;

/** The client sends more than its container takes. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  constructor() {
    super('the request is too large');
  }
}

/** The client went away in the middle of its body. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Passes bytes on and counts them. */
export class Body extends Transform {
  /** Bytes that have passed. */
  size = 0;

  constructor(
    request: HttpRequest,
    private readonly largest: number,
  ) {
    super();
    request.once('aborted', () => this.destroy(new ClientGone('the client went away')));
    request.once('error', (error: Error) => this.destroy(error));
    // A container may answer without hearing the client out: the client is still heard, so that it can be told.
    this.once('close', () => {
      request.unpipe(this);
      request.resume();
    });
    this.on('error', () => undefined);
    request.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.size += chunk.length;
    if (this.size > this.largest) done(new BodyTooLarge());
    else done(null, chunk);
  }
}
