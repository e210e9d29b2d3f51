import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestOf } from './blob-store.js';
import { errorOf, HOST, NAME, READER, STRANGER, TestRegistry, WRITER } from './test-registry.js';

let test: TestRegistry;
beforeEach(async () => {
  test = await TestRegistry.open();
});
afterEach(() => test.close());

const uploads = `/v2/${NAME}/blobs/uploads/`;
const blob = (digest: string) => `/v2/${NAME}/blobs/${digest}`;
const header = (value: string | string[] | undefined) => (typeof value === 'string' ? value : '');

async function start(): Promise<string> {
  const answer = await test.call('POST', uploads, { as: WRITER });
  expect(answer.status).toBe(202);
  return header(answer.headers.location);
}

const patch = (location: string, body: Buffer, range?: string) =>
  test.call('PATCH', location, {
    as: WRITER,
    body,
    headers: { 'content-type': 'application/octet-stream', ...(range ? { 'content-range': range } : {}) },
  });

describe('uploading a blob', () => {
  it('in one request gives it back byte for byte', async () => {
    const bytes = randomBytes(3_000_000);
    const digest = await test.blob(bytes);
    const answer = await test.call('GET', blob(digest), { as: READER });
    expect(answer.status).toBe(200);
    expect(answer.headers['docker-content-digest']).toBe(digest);
    expect(answer.headers['content-length']).toBe(String(bytes.length));
    const head = await test.call('HEAD', blob(digest), { as: READER });
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '3000000', '']);
    const files = await test.filesOnDisk();
    expect(files).toEqual({ blobs: [digest.slice('sha256:'.length)], uploads: [] });
  });

  it('in chunks, with its progress told at each step', async () => {
    const bytes = randomBytes(300);
    const digest = digestOf(bytes);
    const location = await start();
    const first = await patch(location, bytes.subarray(0, 100), '0-99');
    expect([first.status, first.headers.range]).toEqual([202, '0-99']);
    const status = await test.call('GET', location, { as: WRITER });
    expect([status.status, status.headers.range]).toEqual([204, '0-99']);
    const second = await patch(header(first.headers.location), bytes.subarray(100, 200));
    expect(second.headers.range).toBe('0-199');
    const last = await test.call('PUT', `${location}?digest=${digest}`, {
      as: WRITER,
      body: bytes.subarray(200),
    });
    expect(last.status).toBe(201);
    expect(last.headers.location).toBe(`${test.url}${blob(digest)}`);
    expect((await test.call('HEAD', blob(digest), { as: READER })).headers['content-length']).toBe('300');
  });

  it('an empty blob is a blob', async () => {
    const digest = await test.blob(Buffer.alloc(0));
    const answer = await test.call('GET', blob(digest), { as: READER });
    expect([answer.status, answer.text]).toEqual([200, '']);
  });

  it('the same blob twice is kept once', async () => {
    const bytes = randomBytes(100);
    const digest = await test.blob(bytes);
    expect(await test.blob(bytes)).toBe(digest);
    expect((await test.filesOnDisk()).blobs).toHaveLength(1);
  });

  it('on Google’s host name the Locations stay there', async () => {
    const answer = await test.call('POST', '/v2/myproject-b/myrepo/app/blobs/uploads/', {
      as: WRITER,
      host: HOST,
    });
    expect(answer.headers.location).toMatch(
      new RegExp(`^https://${HOST}/v2/myproject-b/myrepo/app/blobs/uploads/[0-9a-f-]{36}$`),
    );
  });
});

describe('an upload that goes wrong leaves nothing', () => {
  const nothing = { blobs: [], uploads: [] };

  it('when the digest is another', async () => {
    const wrong = digestOf(Buffer.from('other'));
    const answer = await test.call('POST', `${uploads}?digest=${wrong}`, { as: WRITER, body: 'content' });
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('DIGEST_INVALID');
    expect(await test.filesOnDisk()).toEqual(nothing);
    expect((await test.call('GET', blob(wrong), { as: READER })).status).toBe(404);
    expect((await test.call('GET', blob(digestOf(Buffer.from('content'))), { as: READER })).status).toBe(404);
  });

  it('when the digest of a chunked one is another', async () => {
    const location = await start();
    await patch(location, Buffer.from('content'));
    const wrong = digestOf(Buffer.from('other'));
    const answer = await test.call('PUT', `${location}?digest=${wrong}`, { as: WRITER });
    expect(errorOf(answer).code).toBe('DIGEST_INVALID');
    expect(await test.filesOnDisk()).toEqual(nothing);
    expect((await test.call('GET', location, { as: WRITER })).status).toBe(404);
  });

  it.each(['', 'sha256:abc', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'sha512:../../etc'])(
    'when the digest is "%s"',
    async (digest) => {
      const answer = await test.call('POST', `${uploads}?digest=${encodeURIComponent(digest)}`, {
        as: WRITER,
        body: 'x',
      });
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID']);
      expect(await test.filesOnDisk()).toEqual(nothing);
    },
  );

  it('when the connection is cut off in the middle', async () => {
    const bytes = Buffer.from('only half of this arrives');
    const digest = digestOf(bytes);
    await cutOff('POST', `${uploads}?digest=${digest}`, bytes);
    await vi.waitFor(async () => expect(await test.filesOnDisk()).toEqual(nothing));
    expect((await test.call('GET', blob(digest), { as: READER })).status).toBe(404);
  });

  it('when it is cancelled', async () => {
    const location = await start();
    await patch(location, Buffer.from('content'));
    expect((await test.call('DELETE', location, { as: WRITER })).status).toBe(204);
    expect(await test.filesOnDisk()).toEqual(nothing);
    const again = await test.call('DELETE', location, { as: WRITER });
    expect([again.status, errorOf(again).code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  it('when nobody touches it for an hour', async () => {
    const location = await start();
    test.now = new Date(test.now.getTime() + 3_600_001);
    const other = await start();
    expect((await test.call('GET', location, { as: WRITER })).status).toBe(404);
    expect((await test.call('GET', other, { as: WRITER })).status).toBe(204);
    expect((await test.filesOnDisk()).uploads).toHaveLength(1);
  });

  it('when the process ended before it did', async () => {
    const directory = join(test.dataDir, 'registry', 'uploads');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'left-behind'), 'partial');
    await test.registry.sweepUploads();
    expect((await test.filesOnDisk()).uploads).toEqual([]);
  });

  it('when nobody came back to it within an hour of the last process', async () => {
    const directory = join(test.dataDir, 'registry', 'uploads');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'known'), 'partial');
    const value = { scope: 'p/l/r/i', size: 7, touched: test.now.getTime() - 3_600_001 };
    await test.store.commit([{ op: 'put', key: 'uploads/known', value }]);
    await test.registry.sweepUploads();
    expect((await test.filesOnDisk()).uploads).toEqual([]);
    expect(await test.store.get('uploads/known')).toBeUndefined();
  });

  it('but not when its client may come back', async () => {
    await start();
    await test.registry.close();
    expect((await test.filesOnDisk()).uploads).toHaveLength(1);
  });

  /** Sends half of the body it announced and hangs up. */
  async function cutOff(method: string, path: string, bytes: Buffer): Promise<void> {
    const { hostname, port } = new URL(test.url);
    const socket = connect(Number(port), hostname);
    const authorization = `Bearer ${await test.token(WRITER)}`;
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    socket.write(bytes.subarray(0, bytes.length / 2));
    // Hang up only when the registry is at work on it.
    await vi.waitFor(async () => expect((await test.filesOnDisk()).uploads).toHaveLength(1));
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }

  it('a chunk that was cut off does not count, and the upload goes on from before it', async () => {
    const location = await start();
    await patch(location, Buffer.from('first '));
    const { pathname } = new URL(location);
    await cutOff('PATCH', pathname, Buffer.from('half of this'));
    const rest = Buffer.from('second');
    await vi.waitFor(async () => expect((await patch(location, rest, '6-11')).status).toBe(202));
    const digest = digestOf(Buffer.from('first second'));
    const done = await test.call('PUT', `${location}?digest=${digest}`, { as: WRITER });
    expect(done.status).toBe(201);
    expect((await test.call('GET', blob(digest), { as: READER })).text).toBe('first second');
  });
});

describe('a chunk', () => {
  it.each([
    ['that leaves a gap', '10-14', 416],
    ['that overlaps', '2-6', 416],
    ['whose range and length differ', '5-99', 400],
    ['whose range ends before it starts', '9-5', 400],
    ['whose range is nonsense', 'all of it', 400],
  ])('%s is refused and changes nothing', async (_, range, status) => {
    const location = await start();
    await patch(location, Buffer.from('12345'));
    const answer = await patch(location, Buffer.from('67890'), range);
    expect(answer.status).toBe(status);
    const { headers } = await test.call('GET', location, { as: WRITER });
    expect(headers.range).toBe('0-4');
  });

  it('that is refused in its middle leaves the connection fit for the next request', async () => {
    const { pathname } = new URL(await start());
    const { hostname, port } = new URL(test.url);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    const common = `Host: x\r\nAuthorization: Bearer ${await test.token(WRITER)}\r\n`;
    const piece = `186a0\r\n${'x'.repeat(100_000)}\r\n`;
    socket.write(
      `PATCH ${pathname} HTTP/1.1\r\n${common}Transfer-Encoding: chunked\r\nContent-Range: 0-9\r\n\r\n`,
    );
    socket.write(`${piece.repeat(80)}0\r\n\r\nGET ${pathname} HTTP/1.1\r\n${common}\r\n`);
    await vi.waitFor(() => expect(received).toMatch(/^HTTP\/1.1 400[\s\S]*SIZE_INVALID[\s\S]*HTTP\/1.1 204/));
    socket.destroy();
  });

  it('cannot be sent under another image’s name', async () => {
    const { pathname } = new URL(await start());
    const elsewhere = pathname.replace('/app/', '/other/');
    const answer = await test.call('PATCH', elsewhere, { as: WRITER, body: 'x' });
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  });
});

describe('reading a blob', () => {
  it.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
  ])('Range: %s answers %i', async (range, status, text, contentRange) => {
    const digest = await test.blob(Buffer.from('0123456789'));
    const answer = await test.call('GET', blob(digest), { as: READER, headers: { range } });
    expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([
      status,
      text,
      contentRange,
    ]);
  });

  it.each(['bytes=10-', 'bytes=5-4', 'bytes=-0'])('Range: %s answers 416', async (range) => {
    const digest = await test.blob(Buffer.from('0123456789'));
    const answer = await test.call('GET', blob(digest), { as: READER, headers: { range } });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */10']);
  });

  it('goes only through a repository that holds it', async () => {
    const digest = await test.blob(Buffer.from('secret'));
    const other = { project: 'myproject-b', location: 'asia-northeast1', repository: 'other' };
    await test.repository(other);
    await test.grant('roles/artifactregistry.reader', STRANGER, other);
    const answer = await test.call('GET', `/v2/${HOST}/myproject-b/other/app/blobs/${digest}`, {
      as: STRANGER,
    });
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'BLOB_UNKNOWN']);
  });
});

describe('mounting from another repository', () => {
  const target = { project: 'myproject-b', location: 'asia-northeast1', repository: 'target' };
  const targetName = `${HOST}/myproject-b/target/app`;
  const mount = (digest: string, from: string, as: string) =>
    test.call('POST', `/v2/${targetName}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`, {
      as,
    });

  beforeEach(async () => {
    await test.repository(target);
    await test.grant('roles/artifactregistry.writer', WRITER, target);
    await test.grant('roles/artifactregistry.writer', STRANGER, target);
  });

  it('gives the blob to the target when the caller may read the source', async () => {
    const digest = await test.blob(Buffer.from('shared'));
    const answer = await mount(digest, NAME, WRITER);
    expect([answer.status, answer.headers['docker-content-digest']]).toEqual([201, digest]);
    expect((await test.call('GET', `/v2/${targetName}/blobs/${digest}`, { as: WRITER })).text).toBe('shared');
  });

  it.each([
    ['the caller may not read the source', NAME, STRANGER],
    ['the source does not exist', `${HOST}/myproject-b/nothing/app`, WRITER],
  ])('becomes a plain upload when %s', async (_, from, as) => {
    const digest = await test.blob(Buffer.from('shared'));
    const answer = await mount(digest, from, as);
    expect(answer.status).toBe(202);
    expect((await test.call('GET', `/v2/${targetName}/blobs/${digest}`, { as })).status).toBe(404);
  });

  it('becomes a plain upload when the source does not hold the blob', async () => {
    expect((await mount(digestOf(Buffer.from('unknown')), NAME, WRITER)).status).toBe(202);
  });
});

it('deleting a blob needs deleteArtifacts, and works when no manifest refers to it', async () => {
  const digest = await test.blob(Buffer.from('orphan'));
  expect((await test.call('DELETE', blob(digest), { as: WRITER })).status).toBe(403);
  expect((await test.call('DELETE', blob(digest), { as: 'admin@example.com' })).status).toBe(202);
  expect((await test.call('GET', blob(digest), { as: READER })).status).toBe(404);
});
