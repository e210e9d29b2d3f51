/** A running plane as a source: it gathers the facts, judges, and answers with the report. */
import type { CheckReport, CheckRequest } from '../checkpoint/index.js';

/** Where a plane listens, and the secret that its admin calls want; both stand in its data directory. */
export interface PlaneAddress {
  /** e.g. `http://127.0.0.1:8750` */
  readonly url: string;
  readonly secret: string;
}

/** Why a plane could not answer: nobody listens, it is not ours, or it refused what was asked. */
export type PlaneProblem = 'not-running' | 'wrong-secret' | 'refused' | 'no-plane';

/** The plane gave no report. The message is for people; a refusal's is the plane's own. */
export class PlaneError extends Error {
  override readonly name = 'PlaneError';

  constructor(
    readonly problem: PlaneProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Another version of the plane might answer something else altogether; its fields beyond these are its word. */
function isReport(value: unknown): value is CheckReport {
  return (
    isFields(value) &&
    value.schema === 'sekisho.check/1' &&
    (value.verdict === 'granted' || value.verdict === 'denied' || value.verdict === 'unknown') &&
    isFields(value.target) &&
    Array.isArray(value.requirements) &&
    Array.isArray(value.fixes)
  );
}

/** `STATUS: message` out of a Google API's error body; undefined when it is none. */
function googleMessage(body: unknown): string | undefined {
  const error = isFields(body) ? body.error : undefined;
  if (!isFields(error) || typeof error.message !== 'string') return undefined;
  return typeof error.status === 'string' ? `${error.status}: ${error.message}` : error.message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function post(address: PlaneAddress, request: CheckRequest): Promise<Answer> {
  try {
    const response = await fetch(`${address.url}/sekisho.internal/v1/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${address.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    return { status: response.status, body: parsed(await response.text()) };
  } catch (cause) {
    throw new PlaneError('not-running', `No plane answers at ${address.url}. Start one with: sekisho start`, {
      cause,
    });
  }
}

/**
 * Asks a running plane to judge a deploy.
 * @returns the report, schema `sekisho.check/1`
 * @throws PlaneError when nobody answers, the secret is not the plane's, or the plane refuses the request
 */
export async function checkOnPlane(address: PlaneAddress, request: CheckRequest): Promise<CheckReport> {
  const { status, body } = await post(address, request);
  if (status === 200) {
    if (isReport(body)) return body;
    throw new PlaneError('no-plane', `What listens at ${address.url} answers no report: it is not a plane.`);
  }
  if (status === 401) {
    throw new PlaneError(
      'wrong-secret',
      `The plane at ${address.url} does not accept the secret of this data directory. Is it another plane?`,
    );
  }
  const message = googleMessage(body);
  if (message !== undefined) throw new PlaneError('refused', message);
  throw new PlaneError('no-plane', `What listens at ${address.url} answers ${status}: it is not a plane.`);
}
