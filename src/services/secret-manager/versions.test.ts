import { beforeEach, describe, expect, it } from 'vitest';
import { NOW } from '../test-support.js';
import { crc32c } from './crc32c.js';
import { base64, NUMBER, openSecretManager, SECRETS, type SecretFixture } from './testing-secrets.js';

const DB = `${SECRETS}/db`;
const VERSIONS = `${NUMBER}/secrets/db/versions`;
const ID = { project: 'myproject-a', projectNumber: '891566352225', secret: 'db' };

let plane: SecretFixture;
beforeEach(async () => {
  plane = await openSecretManager();
  await plane.create('db');
});

const access = (version: string) => plane.owner('GET', `${DB}/versions/${version}:access`);
const change = (version: string, verb: string, body = {}) =>
  plane.owner('POST', `${DB}/versions/${version}:${verb}`, body);

describe('CRC-32C', () => {
  // RFC 3720, B.4, and the check value of the catalogue of CRC algorithms.
  it.each([
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa],
    ['', 0],
  ])('of %j', (text, checksum) => {
    expect(crc32c(Buffer.from(text))).toBe(checksum);
  });
});

describe('a version', () => {
  it('is numbered, enabled, and read with its checksum', async () => {
    const first = await plane.add('db', 'one');
    expect(first).toMatchObject({
      name: `${VERSIONS}/1`,
      createTime: NOW.toISOString(),
      state: 'ENABLED',
      replicationStatus: { automatic: {} },
    });
    expect(first.clientSpecifiedPayloadChecksum).toBeUndefined();
    await plane.add('db', 'two');
    expect(await access('latest')).toEqual({
      name: `${VERSIONS}/2`,
      payload: { data: base64('two'), dataCrc32c: String(crc32c(Buffer.from('two'))) },
    });
    expect(await access('1')).toMatchObject({ payload: { data: base64('one') } });
    expect(await plane.owner('GET', `${DB}/versions/1`)).toEqual(first);
  });

  it('does not touch the etag of its secret', async () => {
    const { etag } = await plane.owner('GET', DB);
    await plane.add('db', 'one');
    expect(await plane.owner('GET', DB)).toMatchObject({ etag });
  });

  it('is added for each of many callers at once', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => plane.add('db', `value ${index}`)));
    const { versions } = await plane.owner('GET', `${DB}/versions`);
    expect(versions).toMatchObject(
      [10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map((n) => ({ name: `${VERSIONS}/${n}` })),
    );
  });

  it('takes 64 KiB, with their checksum', async () => {
    const data = Buffer.alloc(65_536, 'x');
    const dataCrc32c = String(crc32c(data));
    const payload = { data: data.toString('base64'), dataCrc32c };
    expect(await plane.owner('POST', `${DB}:addVersion`, { payload })).toMatchObject({
      clientSpecifiedPayloadChecksum: true,
    });
    expect(await access('1')).toMatchObject({ payload });
  });

  it.each([
    [{}, /Field \[payload\] is required\./],
    [{ payload: { data: '' } }, /Field \[payload\] is required\./],
    [{ payload: { data: Buffer.alloc(65_537).toString('base64') } }, /65536 bytes/],
    [{ payload: { data: base64('x'), dataCrc32c: '1' } }, /checksum/],
  ])('is refused for %.60j', async (body, message) => {
    await expect(plane.owner('POST', `${DB}:addVersion`, body)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
    expect(await plane.store.list('secret-payloads/')).toEqual([]);
  });

  it('of a secret that is not there, or has none, is not found', async () => {
    await expect(plane.add('other', 'x')).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Secret [${NUMBER}/secrets/other] not found.`,
    });
    await expect(access('latest')).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Secret [${NUMBER}/secrets/db] not found or has no versions.`,
    });
    await expect(access('7')).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Secret Version [${VERSIONS}/7] not found.`,
    });
  });
});

describe('the state of a version', () => {
  beforeEach(async () => {
    await plane.add('db', 'one');
    await plane.add('db', 'two');
  });

  const inState = (state: string, version = 2) => ({
    status: 'FAILED_PRECONDITION',
    message: `Secret Version [${VERSIONS}/${version}] is in ${state} state.`,
  });

  it('is disabled and enabled; latest is the newest, whatever its state', async () => {
    expect(await change('2', 'disable')).toMatchObject({ state: 'DISABLED' });
    await expect(access('2')).rejects.toMatchObject(inState('DISABLED'));
    await expect(access('latest')).rejects.toMatchObject(inState('DISABLED'));
    expect(await change('2', 'enable')).toMatchObject({ state: 'ENABLED' });
    expect(await access('latest')).toMatchObject({ payload: { data: base64('two') } });
  });

  it('is destroyed for good, and its payload with it', async () => {
    expect(await change('2', 'destroy')).toMatchObject({
      state: 'DESTROYED',
      destroyTime: NOW.toISOString(),
    });
    expect((await plane.store.list('secret-payloads/')).map(({ key }) => key)).toEqual([
      'secret-payloads/myproject-a/db/0000000001',
    ]);
    await expect(access('latest')).rejects.toMatchObject(inState('DESTROYED'));
    for (const verb of ['enable', 'disable', 'destroy'])
      await expect(change('2', verb)).rejects.toMatchObject(inState('DESTROYED'));
    expect(await plane.add('db', 'three')).toMatchObject({ name: `${VERSIONS}/3` });
  });

  it('changes only for the etag it was asked with', async () => {
    const { etag } = await plane.owner('GET', `${DB}/versions/2`);
    expect(await change('2', 'enable', { etag })).toMatchObject({ state: 'ENABLED' });
    await expect(change('2', 'disable', { etag })).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
    await expect(change('9', 'disable')).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });

  it('is destroyed with the delay of its secret, unless that is called off', async () => {
    await plane.owner('PATCH', `${DB}?updateMask=version_destroy_ttl`, { versionDestroyTtl: '86400s' });
    const due = new Date(NOW.getTime() + 86_400_000);
    const scheduled = { state: 'DISABLED', scheduledDestroyTime: due.toISOString() };
    expect(await change('1', 'destroy')).toMatchObject(scheduled);
    expect(await change('2', 'destroy')).toMatchObject(scheduled);
    const kept = await change('2', 'enable');
    expect(kept.state).toBe('ENABLED');
    expect(kept.scheduledDestroyTime).toBeUndefined();
    expect(await plane.secrets.versions.get(ID, '1', due)).toMatchObject({
      state: 'DESTROYED',
      destroyTime: due.toISOString(),
    });
    expect(await plane.secrets.versions.get(ID, '2', due)).toMatchObject({ state: 'ENABLED' });
  });
});

describe('lists', () => {
  it('come newest first, by pages, with their size', async () => {
    for (const id of ['a', 'b']) await plane.create(id);
    const first = await plane.owner('GET', `${SECRETS}?pageSize=2`);
    expect(first).toMatchObject({ totalSize: 3, secrets: [{ name: `${NUMBER}/secrets/a` }, {}] });
    const rest = await plane.owner('GET', `${SECRETS}?pageSize=2&pageToken=${first.nextPageToken}`);
    expect(rest).toMatchObject({ secrets: [{ name: `${NUMBER}/secrets/db` }] });
    expect(rest.nextPageToken).toBeUndefined();
    for (const query of ['pageSize=-1', 'pageToken=%21'])
      await expect(plane.owner('GET', `${SECRETS}?${query}`)).rejects.toMatchObject({
        status: 'INVALID_ARGUMENT',
      });
  });

  it.each([
    ['name:asec', ['asecret']],
    ['name:asecret OR name:bsecret', ['asecret', 'bsecret']],
    ['NOT name:bsecret', ['asecret', 'db']],
    ['labels.env=prod', ['asecret']],
    ['labels.env:*', ['asecret', 'bsecret']],
    ['labels.env!=prod', ['bsecret', 'db']],
    ['labels.env:(prod OR test)', ['asecret', 'bsecret']],
    ['create_time<2026-01-02T03:04:06Z AND createTime>2026-01-01T00:00:00Z', ['asecret', 'bsecret', 'db']],
    ['create_time>"2027-01-01T00:00:00Z"', []],
    ['replication.automatic:*', ['asecret', 'db']],
    [
      'replication.user_managed.replicas.location:* AND NOT replication.user_managed.replicas.location:us-west1',
      ['bsecret'],
    ],
    ['expire_time:*', ['asecret']],
    ['-expire_time<2026-06-01T00:00:00Z name:bsecret', ['bsecret']],
  ])('take the filter %s', async (filter, expected) => {
    await plane.create('asecret', { labels: { env: 'prod' }, ttl: '3600s' });
    await plane.create('bsecret', {
      labels: { env: 'test' },
      replication: { userManaged: { replicas: [{ location: 'us-east1' }] } },
    });
    const { secrets = [], totalSize } = await plane.owner(
      'GET',
      `${SECRETS}?filter=${encodeURIComponent(filter)}`,
    );
    expect(secrets).toMatchObject(expected.map((id) => ({ name: `${NUMBER}/secrets/${id}` })));
    expect(secrets).toHaveLength(expected.length);
    expect(totalSize).toBeUndefined();
  });

  it('take filters of versions', async () => {
    for (const text of ['one', 'two', 'three']) await plane.add('db', text);
    await change('1', 'destroy');
    await change('2', 'disable');
    const names = async (filter: string) => {
      const answer = await plane.owner('GET', `${DB}/versions?filter=${encodeURIComponent(filter)}`);
      const versions = Array.isArray(answer.versions) ? answer.versions : [];
      return versions.map(({ name }) => String(name).split('/').at(-1));
    };
    expect(await names('state:ENABLED')).toEqual(['3']);
    expect(await names('state=DISABLED')).toEqual(['2']);
    expect(await names('state:(ENABLED OR DISABLED)')).toEqual(['3', '2']);
    expect(await names('NOT state:DESTROYED')).toEqual(['3', '2']);
  });

  it.each([
    'nonsense',
    'nonsense:x',
    'name>x',
    'name:',
    'replication:x',
    'labels.env=prod AND',
    '(name:x',
    'create_time<soon',
    'name ~ x',
  ])('refuse the filter %s', async (filter) => {
    await expect(plane.owner('GET', `${SECRETS}?filter=${encodeURIComponent(filter)}`)).rejects.toMatchObject(
      { status: 'INVALID_ARGUMENT' },
    );
  });
});

describe('locations', () => {
  it('are the regions', async () => {
    const { locations } = await plane.owner('GET', '/v1/projects/myproject-a/locations');
    expect(locations).toContainEqual({
      name: 'projects/myproject-a/locations/us-east1',
      locationId: 'us-east1',
    });
    await expect(plane.owner('GET', '/v1/projects/myproject-a/locations/mars')).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });
});
