/** For tests: a Google that says what it is told to, and a clock that does not wait. */
import type { Credentials } from './credentials.js';
import { GoogleReader, type GoogleReaderOptions } from './reader.js';
import type { CallRequest } from './request.js';
import { NotReceived, type Received } from './transport.js';

export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Received['headers'];
}

/** What is said to a request: a reply, or that nothing comes. */
export type Answering = (request: CallRequest, token: string) => Reply | NotReceived;

export const ALICE: Credentials = {
  token: async (fresh) => (fresh ? 'fresh-token' : 'token'),
  quotaProject: async () => undefined,
  email: async () => 'alice@example.com',
};

export interface PlayedGoogle {
  readonly reader: GoogleReader;
  /** `VERB URL`, in the order in which they were sent. */
  readonly sent: string[];
  readonly requests: CallRequest[];
  /** Milliseconds that were waited between attempts. */
  readonly waits: number[];
}

export function playGoogle(answer: Answering, options: GoogleReaderOptions = {}): PlayedGoogle {
  const sent: string[] = [];
  const requests: CallRequest[] = [];
  const waits: number[] = [];
  let now = 0;
  const reader = new GoogleReader({
    credentials: ALICE,
    timing: {
      now: () => now,
      wait: async (ms) => {
        waits.push(ms);
        now += ms;
      },
      random: () => 1,
    },
    transport: async (request, headers) => {
      sent.push(`${request.verb} ${request.url.href}`);
      requests.push(request);
      const reply = answer(request, (headers.authorization ?? '').replace('Bearer ', ''));
      if (reply instanceof NotReceived) throw reply;
      const { status = 200, json, body, headers: given = {} } = reply;
      return { status, body: body ?? JSON.stringify(json ?? {}), headers: given };
    },
    ...options,
  });
  return { reader, sent, requests, waits };
}

/** An error's body (https://cloud.google.com/apis/design/errors#http_mapping). */
export function refused(
  status: number,
  message: string,
  reason?: string,
  metadata: Readonly<Record<string, string>> = {},
): Reply {
  const details =
    reason === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata }];
  return { status, json: { error: { code: status, message, details } } };
}
