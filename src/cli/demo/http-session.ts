/** One command's calls, as one member: each is told as it is made, and the first refusal ends the command. */
import type { RunningPlane } from '../../plane/clients/index.js';
import { at } from './json.js';
import { type Answer, callApi } from './plane-calls.js';

/** A call that was refused: gcloud would print `ERROR: (gcloud.…) STATUS: message`. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface HttpSession {
  /** Told of each line that the command writes. */
  readonly say: (line: string) => void;
  /** Any answer, refused or not. */
  try(verb: 'GET' | 'POST' | 'PUT', host: string, path: string, body?: unknown): Promise<Answer>;
  /** The answer's JSON. @throws Refused with the message in the error body */
  call(verb: 'GET' | 'POST' | 'PUT', host: string, path: string, body?: unknown): Promise<unknown>;
}

export function httpSession(
  plane: RunningPlane,
  token: string,
  signal: AbortSignal,
  say: (line: string) => void,
): HttpSession {
  const attempt: HttpSession['try'] = async (verb, host, path, body) => {
    signal.throwIfAborted();
    const answer = await callApi(plane, token, verb, host, path, { body, signal });
    say(`${verb} https://${host}${path} → ${answer.status}`);
    return answer;
  };
  return {
    say,
    try: attempt,
    call: async (verb, host, path, body) => {
      const answer = await attempt(verb, host, path, body);
      if (answer.status >= 200 && answer.status < 300) return answer.json;
      throw refusal(answer);
    },
  };
}

/** The refusal in an error body. */
export function refusal({ status, json, text }: Answer): Refused {
  const message = at(json, 'error', 'message');
  const code = at(json, 'error', 'status');
  if (typeof message !== 'string') return new Refused(`HTTP ${status}: ${text}`);
  return new Refused(`${typeof code === 'string' ? code : `HTTP ${status}`}: ${message}`);
}
