import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Log, type LogCatalogue, logName, type NewLogEntry, openLog } from '../../audit/index.js';
import { TailLogEntriesRequestSchema } from '../../google/gen/google/logging/v2/logging_pb.js';
import type { StreamCall } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { NOW, openRooms, type Rooms } from '../test-support.js';
import { PRIVATE_LOG_ID } from './names.js';
import { tailing } from './tail.js';

const A = 'myproject-a';
const OWNER = 'user:alice@example.com';

let rooms: Rooms;
let log: Log & LogCatalogue;
let tail: ReturnType<typeof tailing>;
let open: AbortController[];
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  rooms = await openRooms();
  log = openLog(rooms.store);
  tail = tailing({ log, access: rooms.access });
  await createProject(rooms, { projectId: A, number: '891566352225', owners: [OWNER] }, NOW);
  open = [];
});
afterEach(async () => {
  for (const session of open) session.abort();
  vi.useRealTimers();
  await rooms.store.close();
});

type Request = Exclude<MessageInitShape<typeof TailLogEntriesRequestSchema>, { $typeName: string }>;

/** A session that asks these and stays open. */
function session(...asked: Request[]) {
  const controller = new AbortController();
  open.push(controller);
  const ended = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()));
  async function* requests() {
    for (const request of asked) yield create(TailLogEntriesRequestSchema, request);
    if (asked.length > 0) await ended;
  }
  const call: StreamCall = {
    principal: { kind: 'user', email: 'alice@example.com' },
    time: NOW,
    now: () => NOW,
    host: 'logging.googleapis.com',
    method: 'google.logging.v2.LoggingServiceV2.TailLogEntries',
    userAgent: '',
    callerIp: '127.0.0.1',
    signal: controller.signal,
    authorizations: [],
  };
  const answers = tail(requests(), call)[Symbol.asyncIterator]();
  return { next: () => answers.next(), leave: () => controller.abort() };
}

const ask = (more: Request = {}): Request => ({
  resourceNames: [`projects/${A}`],
  bufferWindow: { seconds: 0n, nanos: 0 },
  ...more,
});
const line = (textPayload: string, logId = 'my-log'): NewLogEntry => ({
  logName: logName(A, logId),
  resource: { type: 'global', labels: { project_id: A } },
  severity: 'DEFAULT',
  textPayload,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Writes again and again until somebody is there to hear it: nothing says when a session has begun to listen. */
async function heard(answer: Promise<unknown>, write: () => Promise<void>): Promise<unknown> {
  let done = false;
  void answer.then(() => {
    done = true;
  });
  while (!done) {
    await write();
    await turn();
  }
  return answer;
}
const refusalOf = (request: Request | undefined) =>
  session(...(request ? [request] : []))
    .next()
    .catch((error: unknown) => error);

describe('a session', () => {
  it('tells entries in proto JSON, of projects by id or number', async () => {
    const { next } = session(ask({ resourceNames: ['projects/891566352225'], filter: 'textPayload:hello' }));
    const answer = await heard(next(), () => log.write(A, [line('hello')], NOW));
    expect(answer).toMatchObject({
      value: { entries: [{ logName: `projects/${A}/logs/my-log`, textPayload: 'hello' }], suppressed: [] },
    });
  });

  it('leaves out data access logs for who may not read them', async () => {
    await rooms.access.setPolicy(
      projectName(A),
      { bindings: [{ role: 'roles/logging.viewer', members: [OWNER] }] },
      NOW,
    );
    const { next } = session(ask());
    const answer = await heard(next(), () =>
      log.write(A, [line('private', PRIVATE_LOG_ID), line('plain')], NOW),
    );
    expect(JSON.stringify(answer)).not.toContain('private');
  });

  it('ends without a word when its call does', async () => {
    const { next, leave } = session(ask());
    const answer = next();
    leave();
    expect(await answer).toEqual({ done: true, value: undefined });
  });

  it('ends after an hour', async () => {
    const { next } = session(ask());
    const ended = next().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(60 * 60 * 1000);
    expect(await ended).toMatchObject({ status: 'OUT_OF_RANGE' });
  });

  it('is one of ten in a project; one that leaves makes room', async () => {
    const ten = Array.from({ length: 10 }, () => session(ask()));
    const answers = ten.map(({ next }) => next());
    await turn();
    expect(await refusalOf(ask())).toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
    ten[0]?.leave();
    await answers[0];
    const another = session(ask());
    expect(await heard(another.next(), () => log.write(A, [line('x')], NOW))).toMatchObject({ done: false });
  });
});

describe('a session is refused', () => {
  it.each([
    ['without a request', undefined],
    ['without a resource', ask({ resourceNames: [] })],
    ['with a resource that is none', ask({ resourceNames: ['nothing'] })],
    ['with a filter that is wrong', ask({ filter: 'a=(' })],
    ['with a window below 0', ask({ bufferWindow: { seconds: -1n } })],
    ['with a window over a minute', ask({ bufferWindow: { seconds: 60n, nanos: 1 } })],
  ])('%s', async (_, request) => {
    expect(await refusalOf(request)).toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('for views', async () => {
    const view = `projects/${A}/locations/global/buckets/_Default/views/_AllLogs`;
    expect(await refusalOf(ask({ resourceNames: [view] }))).toMatchObject({ status: 'UNIMPLEMENTED' });
  });
});
