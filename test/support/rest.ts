/** Calls of Google's APIs in the direct form, as one member: what clients send, without a client in between. */
import type { TestPlane } from './plane.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
}

/** Who calls: a member, the bearer of a token, or nobody. */
export type As = string | { readonly token: string } | undefined;

/** The value at a path of keys and indices; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** The list at a path; empty where there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export class Rest {
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(readonly plane: TestPlane) {}

  /** An access token of a member: minted once, since each costs a process. */
  token(member: string): Promise<string> {
    const known = this.#tokens.get(member);
    if (known) return known;
    const minted = this.plane.token(member);
    this.#tokens.set(member, minted);
    return minted;
  }

  /** An ID token of a member for an audience. */
  idToken(member: string, audience: string): Promise<string> {
    const key = `${member} ${audience}`;
    const known = this.#tokens.get(key);
    if (known) return known;
    const minted = this.plane.token(member, audience);
    this.#tokens.set(key, minted);
    return minted;
  }

  /**
   * One call.
   * @param target the API's host and the path, e.g. `run.googleapis.com/v1/projects/p/locations`
   * @param body sent as JSON, or as it stands when it is a string
   */
  async call(
    as: As,
    method: string,
    target: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const token = typeof as === 'string' ? await this.token(as) : as?.token;
    const response = await fetch(`${this.plane.url}/${target}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parse(text) };
  }

  /** A call that must succeed: its answer's body. @throws with the answer when it does not */
  async ok(as: As, method: string, target: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(as, method, target, body);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new Error(`${method} ${target} answered ${answer.status}: ${answer.text}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
