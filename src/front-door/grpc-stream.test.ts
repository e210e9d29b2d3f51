import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  LoggingServiceV2,
  type TailLogEntriesRequestSchema,
} from '../google/gen/google/logging/v2/logging_pb.js';
import type { Call } from '../google/index.js';
import { overHttp1, tlsThrough } from './fixtures/clients.js';
import { startPlane, type TestPlane, type Waiting } from './fixtures/plane.js';
import { protoApis } from './fixtures/proto-apis.js';

type Request = MessageInitShape<typeof TailLogEntriesRequestSchema>;

let plane: TestPlane;
let calls: Call[];
let waiting: Waiting;
let alice: string;
beforeEach(async () => {
  calls = [];
  waiting = { resolve: () => undefined };
  plane = await startPlane({ apis: protoApis(calls, { resolve: (begun) => waiting.resolve(begun) }) });
  alice = await bearer('alice@example.com');
});
afterEach(() => plane.close());

const bearer = async (email: string) =>
  `Bearer ${(await plane.identity.mintAccessToken({ kind: 'user', email })).token}`;

const direct = () => createGrpcTransport({ baseUrl: `http://127.0.0.1:${plane.port}` });
async function proxied() {
  const host = 'logging.googleapis.com';
  const socket = await tlsThrough(plane.port, host, plane.ca, ['h2']);
  return createGrpcTransport({ baseUrl: `https://${host}`, nodeOptions: { createConnection: () => socket } });
}

/** A stream under way: what is asked goes out at once, what is answered is read one by one. */
function open(transport = direct(), authorization: string | undefined = alice) {
  const waitingRequests: Request[] = [];
  const controller = new AbortController();
  let wake: () => void = () => undefined;
  let over = false;
  async function* requests(): AsyncGenerator<Request> {
    for (;;) {
      for (let next = waitingRequests.shift(); next; next = waitingRequests.shift()) yield next;
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const answers = createClient(LoggingServiceV2, transport)
    .tailLogEntries(requests(), {
      signal: controller.signal,
      headers: authorization === '' ? {} : { authorization },
    })
    [Symbol.asyncIterator]();
  const text = async () => (await answers.next()).value?.entries[0]?.payload.value;
  return {
    ask(filter: string) {
      waitingRequests.push({ filter });
      wake();
    },
    answer: text,
    /** How the stream ends, which no answer may come before. */
    async end(): Promise<ConnectError> {
      try {
        await answers.next();
      } catch (error) {
        if (error instanceof ConnectError) return error;
      }
      throw new Error('not ended');
    },
    leave: () => controller.abort(),
    halfClose() {
      over = true;
      wake();
    },
  };
}

describe.each([
  ['the plane’s own address', async () => direct()],
  ['CONNECT', proxied],
])('a stream through %s', (_, transport) => {
  it('carries requests and answers both ways while it is open', async () => {
    const stream = open(await transport());
    stream.ask('one');
    expect(await stream.answer()).toBe('one');
    stream.ask('two');
    stream.halfClose();
    expect(await stream.answer()).toBe('two');
    expect(calls).toMatchObject([
      {
        method: 'google.logging.v2.LoggingServiceV2.TailLogEntries',
        principal: { email: 'alice@example.com' },
      },
    ]);
    stream.leave();
  });
});

describe('the caller of a stream', () => {
  it('is asked for a token', async () => {
    const stream = open(direct(), '');
    stream.ask('x');
    expect(await stream.end()).toMatchObject({ code: Code.Unauthenticated });
    expect(calls).toEqual([]);
  });

  it('needs the permission for the first request and for each later one', async () => {
    const stranger = open(direct(), await bearer('bob@example.com'));
    stranger.ask('x');
    expect(await stranger.end()).toMatchObject({ code: Code.PermissionDenied, rawMessage: 'No x for you.' });
    plane.denied.add('hidden');
    const stream = open();
    stream.ask('open');
    expect(await stream.answer()).toBe('open');
    stream.ask('hidden');
    expect(await stream.end()).toMatchObject({
      code: Code.PermissionDenied,
      rawMessage: 'No hidden for you.',
    });
    expect(plane.errors).toEqual([]);
  });

  it('gets no more answers once its token has ended', async () => {
    const stream = open();
    stream.ask('x');
    expect(await stream.answer()).toBe('x');
    plane.now = new Date(plane.now.getTime() + 2 * 60 * 60 * 1000);
    stream.ask('y');
    expect(await stream.end()).toMatchObject({ code: Code.Unauthenticated });
  });

  it('hears that its token has ended though there is nothing to answer', async () => {
    const issued = plane.now;
    // One second of the token is left when the stream begins.
    plane.now = new Date(issued.getTime() + 3599 * 1000);
    const stream = open();
    stream.ask('x');
    expect(await stream.answer()).toBe('x');
    plane.now = new Date(issued.getTime() + 3601 * 1000);
    expect(await stream.end()).toMatchObject({ code: Code.Unauthenticated });
  });
});

describe('a stream ends', () => {
  it('for its handler when the client goes', async () => {
    const stream = open();
    const begun = new Promise<{ gone: Promise<void> }>((resolve) => {
      waiting = { resolve };
    });
    stream.ask('x');
    expect(await stream.answer()).toBe('x');
    stream.leave();
    await (await begun).gone;
    expect(plane.errors).toEqual([]);
  });

  it('with the plane, which does not wait for it', async () => {
    const stream = open();
    stream.ask('x');
    expect(await stream.answer()).toBe('x');
    const closed = plane.door.close();
    expect(await stream.end()).toMatchObject({ code: Code.Unavailable });
    await closed;
  });

  it('with INTERNAL when its handler fails, and no word of why', async () => {
    const stream = open();
    stream.ask('crash');
    expect(await stream.end()).toMatchObject({
      code: Code.Internal,
      rawMessage: 'Internal error encountered.',
    });
    expect(plane.errors).toEqual([new Error('the secret is 42')]);
  });
});

it('is not served over REST', async () => {
  const answer = await overHttp1({
    port: plane.port,
    method: 'POST',
    path: '/logging.googleapis.com/v2/entries:tail',
    headers: { authorization: alice, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(answer.json).toMatchObject({ error: { status: 'UNIMPLEMENTED' } });
});
