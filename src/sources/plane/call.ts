/** The admin calls of a running plane, and what goes wrong with them. */

/** Where a plane listens, and the secret that its admin calls want; both stand in its data directory. */
export interface PlaneAddress {
  /** e.g. `http://127.0.0.1:8750` */
  readonly url: string;
  readonly secret: string;
}

/** Why a plane could not answer: nobody listens, it is not ours, or it refused what was asked. */
export type PlaneProblem = 'not-running' | 'wrong-secret' | 'refused' | 'no-plane';

/** The plane gave no answer. The message is for people; a refusal's is the plane's own. */
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

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

async function post(address: PlaneAddress, call: string, body: unknown): Promise<Answer> {
  try {
    const response = await fetch(`${address.url}/sekisho.internal/v1/${call}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${address.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: parsed(await response.text()) };
  } catch (cause) {
    throw new PlaneError('not-running', `No plane answers at ${address.url}. Start one with: sekisho start`, {
      cause,
    });
  }
}

/**
 * Makes one admin call.
 * @param call e.g. `check`
 * @param read gives undefined for a body that a plane would not answer
 * @throws PlaneError when nobody answers, the secret is not the plane's, or the plane refuses the request
 */
export async function callPlane<T>(
  address: PlaneAddress,
  call: string,
  sent: unknown,
  read: (body: unknown) => T | undefined,
): Promise<T> {
  const { status, body } = await post(address, call, sent);
  if (status === 200) {
    const answer = read(body);
    if (answer !== undefined) return answer;
    throw new PlaneError('no-plane', `What listens at ${address.url} answers no ${call}: it is not a plane.`);
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
