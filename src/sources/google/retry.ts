/** Trying again: what is worth it, after how long, and when it is enough (https://cloud.google.com/iam/docs/retry-strategy). */
import { NotReceived, type Received } from './transport.js';

export interface Patience {
  /** How often a request is sent at most. */
  readonly attempts: number;
  /** How long all attempts may take together, waiting included. */
  readonly totalMs: number;
}

export const PATIENCE: Patience = { attempts: 4, totalMs: 60_000 };

/** Time and chance, which tests replace. */
export interface Timing {
  /** In milliseconds, from any beginning. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export const REAL_TIMING: Timing = {
  now: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/** What came of all attempts. */
export interface Outcome {
  readonly last: Received | NotReceived;
  readonly attempts: number;
}

const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const FIRST_WAIT_MS = 500;

/**
 * Sends until an answer is final, or patience is at its end.
 * @param send one attempt; throws NotReceived
 */
export async function withRetries(
  send: () => Promise<Received>,
  { attempts, totalMs }: Patience,
  timing: Timing,
): Promise<Outcome> {
  const began = timing.now();
  for (let attempt = 1; ; attempt++) {
    const last = await received(send);
    const passing = last instanceof NotReceived || PASSING.has(last.status);
    if (!passing || attempt >= attempts) return { last, attempts: attempt };
    const wait = waitBefore(attempt, last, timing.random());
    if (timing.now() - began + wait > totalMs) return { last, attempts: attempt };
    await timing.wait(wait);
  }
}

async function received(send: () => Promise<Received>): Promise<Received | NotReceived> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof NotReceived) return error;
    throw error;
  }
}

/** Exponential, with half of it by chance, so that several do not come back at once; not before the server said. */
function waitBefore(attempt: number, last: Received | NotReceived, random: number): number {
  const backoff = FIRST_WAIT_MS * 2 ** (attempt - 1);
  const own = backoff / 2 + (backoff / 2) * random;
  const asked = last instanceof NotReceived ? 0 : retryAfterMs(last.headers['retry-after']);
  return Math.max(own, asked);
}

/** Seconds, or a date (RFC 9110, 10.2.3); 0 for anything else. */
function retryAfterMs(value: string | undefined): number {
  if (value === undefined) return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - Date.now());
}
