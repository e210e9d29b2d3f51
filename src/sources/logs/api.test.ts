import { describe, expect, it } from 'vitest';
import { LogScan } from '../../checkpoint/reports/index.js';
import { GoogleSignInError } from '../google/credentials.js';
import { type Answering, playGoogle, refused } from '../google/testing-answers.js';
import { scanLogging } from './api.js';
import { Reading } from './reading.js';

const LIST = 'POST https://logging.googleapis.com/v2/entries:list';
const entry = { logName: 'projects/p/logs/x', resource: { type: 'cloud_run_job' }, textPayload: 'x' };

type Body = Readonly<Record<string, unknown>>;

async function scanned(answer: (body: Body, times: number) => ReturnType<Answering>, projects = ['p']) {
  let times = 0;
  const google = playGoogle(({ body = '{}' }) => answer(JSON.parse(body), times++));
  const reading = new Reading();
  const query = { projects, since: new Date('2026-01-01T00:00:00Z'), filter: 'severity=ERROR' };
  await scanLogging(query, google.reader, new LogScan(), reading);
  return { ...google, reading, bodies: google.requests.map(({ body = '' }): Body => JSON.parse(body)) };
}

describe('logs by the Logging API', () => {
  it('are asked for oldest first, as many at a time as there may be, by the filter of a scan and the given one', async () => {
    const { sent, bodies } = await scanned(() => ({ json: {} }));
    expect(sent).toEqual([LIST]);
    expect(bodies).toEqual([
      {
        resourceNames: ['projects/p'],
        orderBy: 'timestamp asc',
        pageSize: 1000,
        filter: expect.stringMatching(/timestamp>="2026-01-01T00:00:00\.000Z"\n\(severity=ERROR\)$/),
      },
    ]);
  });

  it('are read to the last page, though one before it may be empty', async () => {
    const pages = [
      { entries: [entry, entry], nextPageToken: 'a' },
      { nextPageToken: 'b' },
      { entries: [entry] },
    ];
    const { reading, bodies } = await scanned((_, times) => ({ json: pages[times] }));
    expect(reading).toMatchObject({ entries: 3, problems: [] });
    expect(bodies.map(({ pageToken }) => pageToken)).toEqual([undefined, 'a', 'b']);
  });

  it('go on after Google has had enough for a while', async () => {
    const { reading, waits } = await scanned((_, times) =>
      times < 2 ? { status: 429, headers: { 'retry-after': '20' } } : { json: { entries: [entry] } },
    );
    expect(reading).toMatchObject({ entries: 1, problems: [] });
    expect(waits).toEqual([20_000, 20_000]);
  });

  it.each([
    [
      'a quota that stays used up',
      refused(429, 'Quota exceeded for quota metric Read requests.'),
      'logging.googleapis.com answered 429: Quota exceeded for quota metric Read requests. (4 times)',
    ],
    [
      'a lacking permission',
      refused(403, 'Permission denied for all log views'),
      'alice@example.com lacks logging.logEntries.list on projects/p (or it does not exist)',
    ],
    ['a project that is not there', refused(404, 'not found'), 'there is no such project'],
    [
      'a filter that Google does not take',
      refused(400, 'Unparseable filter'),
      'logging.googleapis.com answered 400: Unparseable filter',
    ],
    ['no list', { json: { entries: 'x' } }, 'logging.googleapis.com answered entries that are none'],
    [
      'a list without an end',
      { json: { nextPageToken: 'x' } },
      'logging.googleapis.com lists entries without an end',
    ],
  ])('say why a project cannot be read, and go on with the next: %s', async (_, reply, detail) => {
    const { reading } = await scanned(
      ({ resourceNames }) =>
        JSON.stringify(resourceNames) === '["projects/p"]' ? reply : { json: { entries: [entry] } },
      ['p', 'q'],
    );
    expect(reading).toMatchObject({
      sources: ['projects/p', 'projects/q'],
      entries: 1,
      problems: [{ where: 'projects/p', kind: 'unreadable', detail }],
    });
  });

  it('fail as a whole where nobody is signed in', async () => {
    await expect(scanned(() => refused(401, 'no'))).rejects.toThrow(GoogleSignInError);
  });
});
