/** Forwards one request to an instance, streaming both ways. */
import type { Lease } from '../deployments/index.js';
import type { HttpContext, HttpRequest, HttpResponse } from '../google/index.js';
import { Answer, AnswerTooLarge } from './answer.js';
import { Body, BodyTooLarge, ClientGone, LARGEST_BODY } from './body.js';
import type { Asked, Sent } from './exchange.js';
import { hasNoBody, requestHeaders } from './head.js';
import type { Trace } from './trace.js';
import { type Way, wayTo } from './upstreams.js';

/** Methods that may be sent again when nobody knows whether they arrived (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Bytes of the bodies, as they passed. */
export interface Sizes {
  readonly request: number;
  readonly response: number;
}

/**
 * How an exchange went. All but the first two leave the client without an answer, unless `begun`: then what there was
 * of it has been cut off.
 */
export type Outcome = { readonly sizes: Sizes } & ({ readonly kind: 'answered' } | Failure);

export type Failure =
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'no-answer' | 'timeout' | 'request-too-large' | 'response-too-large';
      readonly begun: boolean;
    };

/** What goes along with a request besides itself. */
export interface Along {
  readonly trace: Trace;
  /** Headers in place of the client's. */
  readonly headers: Readonly<Record<string, string>>;
  /** A Set-Cookie header for the answer. */
  readonly cookie: string | undefined;
  /** The service's request timeout, which counts for the whole of the exchange. */
  readonly timeoutMs: number;
}

class Late extends Error {
  override readonly name = 'Late';
}

/** @returns when the answer has been handed over whole, or there is none */
export async function forward(
  request: HttpRequest,
  response: HttpResponse,
  context: HttpContext,
  lease: Lease,
  along: Along,
): Promise<Outcome> {
  const way = wayTo(lease);
  const answer = new Answer(response, along.cookie);
  const asked = askedOf(request, context, way, along);
  const sizes = () => ({ request: asked.body?.size ?? 0, response: answer.size });
  let sent: Sent | undefined;
  let given: Error | undefined;
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const giveUp = (reason: Error) => {
    given ??= reason;
    sent?.abort(given);
    stop();
  };
  const timer = setTimeout(() => giveUp(new Late('the request timeout is over')), along.timeoutMs);
  const gone = () => {
    if (!answer.ended) giveUp(new ClientGone('the client went away'));
  };
  response.once('close', gone);
  const exchange = async (fresh: boolean) => {
    sent = await way.upstream.send(asked, answer, fresh);
    if (given) sent.abort(given);
    await sent.done;
  };
  try {
    if (Number(request.headers['content-length'] ?? 0) > largestBody(way)) throw new BodyTooLarge();
    try {
      await exchange(false);
    } catch (error) {
      // The container closed the kept connection while the request was on its way.
      const lost = sent?.reused === true && given === undefined && !answer.begun;
      if (!lost || asked.body !== undefined || !IDEMPOTENT.has(asked.method)) throw error;
      await exchange(true);
    }
    return { kind: 'answered', sizes: sizes() };
  } catch (error) {
    asked.body?.destroy();
    const { begun } = answer;
    if (begun) answer.cut();
    // Clients that are still sending do not listen: an answer and the end of the connection would be lost on them.
    else await Promise.race([heardOut(request), stopped]);
    return { ...failure(given ?? error, begun), sizes: sizes() };
  } finally {
    clearTimeout(timer);
    response.off('close', gone);
  }
}

const largestBody = ({ protocol }: Way) => (protocol === 'http1' ? LARGEST_BODY : Number.POSITIVE_INFINITY);

function askedOf(request: HttpRequest, context: HttpContext, way: Way, { trace, headers }: Along): Asked {
  const own = requestHeaders(request, context, trace, headers);
  // gRPC servers insist on it (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
  if (way.protocol === 'h2c' && /\btrailers\b/i.test(String(request.headers.te))) own.te = 'trailers';
  return {
    method: request.method ?? 'GET',
    path: context.url,
    headers: own,
    body: hasNoBody(request) ? undefined : new Body(request, largestBody(way)),
  };
}

/** Resolves when all of a request has come in, or no more of it will. */
async function heardOut(request: HttpRequest): Promise<void> {
  if (request.readableEnded || request.destroyed) return;
  request.resume();
  await new Promise<void>((resolve) => {
    request.once('end', resolve);
    request.once('close', resolve);
  });
}

function failure(error: unknown, begun: boolean): Failure {
  if (error instanceof ClientGone) return { kind: 'gone' };
  if (error instanceof Late) return { kind: 'timeout', begun };
  if (error instanceof BodyTooLarge) return { kind: 'request-too-large', begun };
  if (error instanceof AnswerTooLarge) return { kind: 'response-too-large', begun };
  return { kind: 'no-answer', begun };
}
