import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogScan } from '../../checkpoint/reports/index.js';
import { contentsOf } from '../files/index.js';
import { logFilesAt, scanFiles, scanPieces } from './files.js';
import { Reading } from './reading.js';

const MESSAGE = 'User does not have access to image us-docker.pkg.dev/myproject-b/repo/app';
const entry = (principalEmail: string, message = MESSAGE) => ({
  logName: 'projects/myproject-a/logs/cloudaudit.googleapis.com%2Factivity',
  resource: {
    type: 'cloud_run_revision',
    labels: { project_id: 'myproject-a', location: 'us-central1', service_name: 'web' },
  },
  protoPayload: {
    serviceName: 'run.googleapis.com',
    authenticationInfo: { principalEmail },
    status: { code: 403, message },
  },
});
const other = { ...entry('x@example.com', 'something else "} { [\\'), labels: { note: 'a\nb' } };
const alice = entry('alice@example.com');
const bob = entry('bob@example.com');
const lines = (...values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a scan of these bytes finds, however they arrive. */
async function scanned(content: string | Buffer, size = 1_000_000) {
  const scan = new LogScan();
  const reading = new Reading();
  await scanPieces('log', contentsOf(cut(Buffer.from(content), size)), scan, reading);
  const { problems, problemCount, entries } = reading;
  const found = scan.groups().map(({ principal, count }) => [principal, count]);
  return { found, problems, problemCount, entries };
}
const BOTH = [
  ['user:alice@example.com', 1],
  ['user:bob@example.com', 1],
];
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('logs are read', () => {
  const forms: readonly [string, string | Buffer][] = [
    ['as lines', lines(alice, other, bob)],
    ['as lines, the last without an end', lines(alice, other, bob).trimEnd()],
    ['as lines with blanks around them', `\n\n  ${lines(alice, other, bob).replaceAll('\n', ' \r\n\r\n')}`],
    ['as what gcloud prints', JSON.stringify([alice, other, bob], null, 2)],
    ['as one long array', JSON.stringify([alice, other, bob])],
    [
      'as objects over several lines, one after another',
      [alice, other, bob].map((each) => JSON.stringify(each, null, 2)).join('\n'),
    ],
    ['packed', gzipSync(lines(alice, other, bob))],
    ['packed in several parts', Buffer.concat([gzipSync(lines(alice)), gzipSync(lines(other, bob))])],
    ['with the mark of UTF-8', `\ufeff${lines(alice, other, bob)}`],
    ['in UTF-16', utf16(lines(alice, other, bob))],
    ['in UTF-16, big end first', utf16(JSON.stringify([alice, other, bob], null, 2)).swap16()],
  ];
  it.each(forms)('%s, in pieces of any size', async (_, content) => {
    const whole = await scanned(content);
    expect(whole).toEqual({ found: BOTH, problems: [], problemCount: 0, entries: 3 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
        expect(await scanned(content, size)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  it('as a page of the API', async () => {
    expect(
      (await scanned(JSON.stringify({ entries: [alice, bob], nextPageToken: 'x' }, null, 2))).found,
    ).toEqual(BOTH);
  });

  it('without anything in them', async () => {
    expect(await scanned('')).toEqual({ found: [], problems: [], problemCount: 0, entries: 0 });
    expect(await scanned('[]')).toEqual({ found: [], problems: [], problemCount: 0, entries: 0 });
  });
});

describe('what cannot be read is noted with its place, and the rest goes on', () => {
  const half = JSON.stringify(alice).slice(0, 120);
  it.each([
    ['a line in the middle', `${lines(alice)}${half}\n${lines(bob)}`, BOTH, { line: 2, kind: 'not-json' }],
    [
      'a line that holds a message, and is no JSON',
      `${lines(alice)}{"x": "${MESSAGE}" "}\n${lines(bob)}`,
      BOTH,
      { line: 2, kind: 'not-json' },
    ],
    ['the end', `${lines(alice, bob)}${half}`, BOTH, { line: 3, kind: 'not-json' }],
    [
      'an array that is cut off',
      JSON.stringify([alice, bob, other], null, 2).slice(0, -60),
      BOTH,
      { line: 44, kind: 'cut-off' },
    ],
    [
      'an entry of an array',
      JSON.stringify([alice, other, bob], null, 2).replace('something else', 'some\nthing'),
      BOTH,
      { line: 23, kind: 'not-json' },
    ],
    ['what is no entry', lines(alice, { message: MESSAGE }, bob), BOTH, { line: 2, kind: 'no-entry' }],
    ['a file of something else', 'hello\nworld\n', [], { kind: 'no-log' }],
    [
      'a packed file that is cut off',
      gzipSync(lines(...Array(50).fill(other))).subarray(0, -20),
      [],
      { kind: 'unreadable', detail: 'its gzip is cut off' },
    ],
  ] as const)('%s', async (_, content, found, problem) => {
    const read = await scanned(content);
    expect(read.found).toEqual(found);
    expect(read).toMatchObject({ problemCount: 1, problems: [{ where: 'log', ...problem }] });
  });

  it('counts more of them than it keeps', async () => {
    const read = await scanned(`${lines(alice)}${'no\n'.repeat(5000)}${lines(bob)}`);
    expect(read).toMatchObject({ problemCount: 5000, found: BOTH });
    expect(read.problems).toHaveLength(20);
  });

  it('does not read on what is no log from its beginning', async () => {
    let asked = 0;
    async function* endless() {
      for (;;) {
        asked += 1;
        yield Buffer.from('no\n'.repeat(100));
      }
    }
    const reading = new Reading();
    await scanPieces('log', contentsOf(endless()), new LogScan(), reading);
    expect(asked).toBeLessThan(20);
    expect(reading.problems).toEqual([{ where: 'log', kind: 'no-log' }]);
  });

  it('skips a line longer than any entry', async () => {
    const long = Buffer.concat([
      Buffer.from(lines(alice)),
      Buffer.alloc(17 << 20, 0x78),
      Buffer.from(`\n${lines(bob)}`),
    ]);
    expect(await scanned(long)).toMatchObject({
      found: BOTH,
      problems: [{ line: 2, kind: 'too-long' }],
      entries: 2,
    });
  });
});

describe('files', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'sekisho-logs-'));
    await mkdir(path.join(dir, '2024', '12'), { recursive: true });
    await writeFile(path.join(dir, '2024', '12', 'b.json'), lines(alice));
    await writeFile(path.join(dir, 'a.json.gz'), gzipSync(lines(bob)));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('are found in a directory and those below it, and read to their end', async () => {
    const files = await logFilesAt([dir]);
    expect(files.map(({ name }) => path.relative(dir, name))).toEqual(['2024/12/b.json', 'a.json.gz']);
    const scan = new LogScan();
    let bytes = 0;
    await scanFiles(files, scan, new Reading(), (more) => {
      bytes += more;
    });
    expect(scan.groups()).toHaveLength(2);
    expect(bytes).toBe(files.reduce((sum, { size }) => sum + size, 0));
  });

  it('that are not there are an error', async () => {
    await expect(logFilesAt([path.join(dir, 'none')])).rejects.toThrow('ENOENT');
  });
});
