import { beforeEach, describe, expect, it } from 'vitest';
import { NOW } from '../test-support.js';
import {
  AUTOMATIC,
  base64,
  NUMBER,
  openSecretManager,
  PROJECT,
  READER,
  SECRETS,
  type SecretFixture,
} from './testing-secrets.js';

let plane: SecretFixture;
beforeEach(async () => {
  plane = await openSecretManager();
});

const denied = (permission: string, name: string) => ({
  status: 'PERMISSION_DENIED',
  message: `Permission 'secretmanager.${permission}' denied for resource '${name}' (or it may not exist).`,
});

describe('a secret', () => {
  it('is created under the number of its project, and can be read again', async () => {
    const created = await plane.create('db', { labels: { env: 'prod' }, annotations: { 'a.b': 'C' } });
    expect(created).toMatchObject({
      name: `${NUMBER}/secrets/db`,
      replication: { automatic: {} },
      createTime: NOW.toISOString(),
      labels: { env: 'prod' },
      annotations: { 'a.b': 'C' },
    });
    expect(created.etag).toMatch(/^"[0-9a-f]+"$/);
    expect(await plane.owner('GET', `${SECRETS}/db`)).toEqual(created);
    expect(await plane.owner('GET', `/v1/${NUMBER}/secrets/db`)).toEqual(created);
    expect(await plane.owner('GET', `/v1beta2/${NUMBER}/secrets/db`)).toEqual(created);
  });

  it('keeps where its replicas are to be', async () => {
    const replication = { userManaged: { replicas: [{ location: 'us-east1' }, { location: 'us-west1' }] } };
    expect(await plane.create('db', { replication })).toMatchObject({ replication });
    expect(await plane.add('db', 'x')).toMatchObject({ replicationStatus: replication });
  });

  it('cannot be created twice', async () => {
    await plane.create('db');
    await expect(plane.create('db')).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: `Secret [${NUMBER}/secrets/db] already exists.`,
    });
  });

  it.each([
    ['a.b', AUTOMATIC, 'INVALID_ARGUMENT', /Secret ID \[a\.b\]/],
    ['x'.repeat(256), AUTOMATIC, 'INVALID_ARGUMENT', /does not match the expected format/],
    ['', AUTOMATIC, 'INVALID_ARGUMENT', /secret_id/],
    ['db', {}, 'INVALID_ARGUMENT', /Field \[replication\] is required\./],
    ['db', { replication: { userManaged: {} } }, 'INVALID_ARGUMENT', /replicas/],
    [
      'db',
      { replication: { userManaged: { replicas: [{ location: 'mars' }] } } },
      'INVALID_ARGUMENT',
      /mars/,
    ],
    [
      'db',
      { replication: { userManaged: { replicas: [{ location: 'us-east1' }, { location: 'us-east1' }] } } },
      'INVALID_ARGUMENT',
      /only once/,
    ],
    [
      'db',
      { replication: { automatic: { customerManagedEncryption: { kmsKeyName: 'k' } } } },
      'UNIMPLEMENTED',
      /replication\.automatic\.customer_managed_encryption/,
    ],
    ['db', { ...AUTOMATIC, topics: [{ name: 'projects/p/topics/t' }] }, 'UNIMPLEMENTED', /topics/],
    ['db', { ...AUTOMATIC, rotation: { rotationPeriod: '3600s' } }, 'UNIMPLEMENTED', /rotation/],
    ['db', { ...AUTOMATIC, tags: { 'a/b': 'c' } }, 'UNIMPLEMENTED', /tags/],
    ['db', { ...AUTOMATIC, secretType: 'ACCESS_KEY' }, 'UNIMPLEMENTED', /secret_type/],
    ['db', { ...AUTOMATIC, labels: { Env: 'x' } }, 'INVALID_ARGUMENT', /label key "Env"/],
    ['db', { ...AUTOMATIC, labels: { env: 'X' } }, 'INVALID_ARGUMENT', /label value "X"/],
    ['db', { ...AUTOMATIC, annotations: { '-a': 'x' } }, 'INVALID_ARGUMENT', /annotation key "-a"/],
    ['db', { ...AUTOMATIC, annotations: { a: 'x'.repeat(16 * 1024) } }, 'INVALID_ARGUMENT', /16 KiB/],
    ['db', { ...AUTOMATIC, versionAliases: { one: '1' } }, 'INVALID_ARGUMENT', /version_aliases\[one\]/],
    ['db', { ...AUTOMATIC, ttl: '59s' }, 'INVALID_ARGUMENT', /^ttl: /],
    ['db', { ...AUTOMATIC, ttl: '60.5s' }, 'INVALID_ARGUMENT', /whole seconds/],
    ['db', { ...AUTOMATIC, expireTime: '2020-01-01T00:00:00Z' }, 'INVALID_ARGUMENT', /^expire_time: /],
    ['db', { ...AUTOMATIC, versionDestroyTtl: '3600s' }, 'INVALID_ARGUMENT', /^version_destroy_ttl: /],
    ['db', { ...AUTOMATIC, unknown: 1 }, 'INVALID_ARGUMENT', /Unknown name "unknown"/],
  ])('%j with %j is refused: %s', async (id, body, status, message) => {
    await expect(plane.owner('POST', `${SECRETS}?secretId=${id}`, body)).rejects.toMatchObject({
      status,
      message: expect.stringMatching(message),
    });
    expect(await plane.owner('GET', SECRETS)).toEqual({});
  });

  it('that is regional is refused by name', async () => {
    const regional = `/v1/${PROJECT}/locations/us-east1/secrets`;
    const refusal = { status: 'UNIMPLEMENTED', message: expect.stringMatching(/^Regional secrets/) };
    await expect(plane.owner('POST', `${regional}?secretId=db`, {})).rejects.toMatchObject(refusal);
    await expect(plane.owner('GET', `${regional}/db`)).rejects.toMatchObject(refusal);
    await expect(plane.owner('GET', `${regional}/db/versions/1:access`)).rejects.toMatchObject(refusal);
  });

  it('expires', async () => {
    const created = await plane.create('db', { ttl: '60s' });
    expect(created.expireTime).toBe(new Date(NOW.getTime() + 60_000).toISOString());
    expect(created.ttl).toBeUndefined();
    const later = new Date(NOW.getTime() + 60_000);
    const id = { project: 'myproject-a', projectNumber: '891566352225', secret: 'db' };
    await expect(plane.secrets.secrets.get(id, later)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    expect(await plane.secrets.secrets.list('myproject-a', later)).toEqual([]);
    // Its name is free again.
    const settings = { labels: {}, annotations: {}, versionAliases: {} };
    await plane.secrets.secrets.create(id, { kind: 'automatic' }, settings, later);
  });
});

describe('an update of a secret', () => {
  it('changes what the mask names, and the etag each time', async () => {
    const { etag } = await plane.create('db', { labels: { env: 'prod' }, annotations: { a: 'b' } });
    const updated = await plane.owner('PATCH', `${SECRETS}/db?updateMask=labels`, {
      labels: { env: 'test' },
    });
    expect(updated).toMatchObject({ labels: { env: 'test' }, annotations: { a: 'b' } });
    expect(updated.etag).not.toBe(etag);
    const same = await plane.owner('PATCH', `${SECRETS}/db?updateMask=labels`, { labels: { env: 'test' } });
    expect(same.etag).not.toBe(updated.etag);
    const cleared = await plane.owner('PATCH', `${SECRETS}/db?updateMask=labels,annotations`, {});
    expect(cleared.labels).toBeUndefined();
    expect(cleared.annotations).toBeUndefined();
  });

  it('sets and takes away the expiration', async () => {
    await plane.create('db');
    const set = await plane.owner('PATCH', `${SECRETS}/db?updateMask=ttl`, { ttl: '3600s' });
    expect(set.expireTime).toBe(new Date(NOW.getTime() + 3_600_000).toISOString());
    const gone = await plane.owner('PATCH', `${SECRETS}/db?updateMask=expire_time`, {});
    expect(gone.expireTime).toBeUndefined();
  });

  it('names versions, which must be there', async () => {
    await plane.create('db');
    await plane.add('db', 'one');
    const alias = (versionAliases: Record<string, string>) =>
      plane.owner('PATCH', `${SECRETS}/db?updateMask=versionAliases`, { versionAliases });
    expect(await alias({ stable: '1' })).toMatchObject({ versionAliases: { stable: '1' } });
    await expect(alias({ stable: '2' })).rejects.toMatchObject({ status: 'NOT_FOUND' });
    for (const name of ['latest', 'NEW', '1st', 'a b'])
      await expect(alias({ [name]: '1' })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect(await plane.owner('GET', `${SECRETS}/db/versions/stable:access`)).toMatchObject({
      name: `${NUMBER}/secrets/db/versions/1`,
      payload: { data: base64('one') },
    });
    await expect(plane.owner('POST', `${SECRETS}/db/versions/stable:destroy`, {})).rejects.toMatchObject({
      status: 'NOT_FOUND',
    });
  });

  it.each([
    ['', /update_mask/],
    ['?updateMask=replication', /\[replication\] is immutable/],
    ['?updateMask=labels.env', /labels\.env/],
    ['?updateMask=nonsense', /nonsense/],
  ])('with the mask %j is refused', async (query, message) => {
    await plane.create('db');
    await expect(plane.owner('PATCH', `${SECRETS}/db${query}`, {})).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });

  it('needs the etag it was made for, where it names one', async () => {
    const { etag } = await plane.create('db');
    const update = (given: unknown) =>
      plane.owner('PATCH', `${SECRETS}/db?updateMask=labels`, { etag: String(given), labels: { a: 'b' } });
    await update(etag);
    await expect(update(etag)).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
    const quoted = encodeURIComponent(String(etag));
    await expect(plane.owner('DELETE', `${SECRETS}/db?etag=${quoted}`)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
  });
});

describe('a secret that is deleted', () => {
  it('takes versions, payloads and policy with it', async () => {
    await plane.create('db');
    await plane.add('db', 'one');
    await plane.owner('POST', `${SECRETS}/db:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/secretmanager.viewer', members: [READER] }] },
    });
    expect(await plane.owner('DELETE', `${SECRETS}/db`)).toEqual({});
    await expect(plane.owner('GET', `${SECRETS}/db`)).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Secret [${NUMBER}/secrets/db] not found.`,
    });
    const left = await Promise.all(
      ['secrets/', 'secret-versions/', 'secret-payloads/', 'policies//secretmanager'].map((prefix) =>
        plane.store.list(prefix),
      ),
    );
    expect(left.flat()).toEqual([]);
    await plane.create('db');
    expect(await plane.add('db', 'two')).toMatchObject({ name: `${NUMBER}/secrets/db/versions/1` });
    await expect(plane.as(READER, 'GET', `${SECRETS}/db`)).rejects.toMatchObject(
      denied('secrets.get', `${PROJECT}/secrets/db`),
    );
  });
});

describe('who may', () => {
  it('is decided by the secret and its project, and refused in the words of the name that was called', async () => {
    await plane.create('db');
    await plane.add('db', 'x');
    const latest = `${NUMBER}/secrets/db/versions/latest`;
    await expect(plane.as(READER, 'GET', `/v1/${latest}:access`)).rejects.toMatchObject(
      denied('versions.access', latest),
    );
    await expect(plane.as(READER, 'GET', `${SECRETS}/nothing`)).rejects.toMatchObject(
      denied('secrets.get', `${PROJECT}/secrets/nothing`),
    );
    await expect(plane.as(READER, 'GET', SECRETS)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: `Permission 'secretmanager.secrets.list' denied on resource (or it may not exist).`,
    });
    await plane.owner('POST', `${SECRETS}/db:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/secretmanager.secretAccessor', members: [READER] }] },
    });
    const { json } = await plane.as(READER, 'GET', `/v1/${latest}:access`);
    expect(json).toMatchObject({ payload: { data: base64('x') } });
    const { json: held } = await plane.as(READER, 'POST', `${SECRETS}/db:testIamPermissions`, {
      permissions: ['secretmanager.versions.access', 'secretmanager.secrets.delete'],
    });
    expect(held).toEqual({ permissions: ['secretmanager.versions.access'] });
  });

  it('can depend on the name of a version', async () => {
    for (const id of ['db-one', 'web-one']) {
      await plane.create(id);
      await plane.add(id, id);
      await plane.owner('POST', `${SECRETS}/${id}:setIamPolicy`, {
        policy: {
          version: 3,
          bindings: [
            {
              role: 'roles/secretmanager.secretAccessor',
              members: [READER],
              condition: {
                title: 'the database',
                expression: `resource.type == "secretmanager.googleapis.com/SecretVersion" && resource.name.startsWith("${NUMBER}/secrets/db-")`,
              },
            },
          ],
        },
      });
    }
    const read = (id: string) => plane.as(READER, 'GET', `${SECRETS}/${id}/versions/1:access`);
    expect((await read('db-one')).json).toMatchObject({ payload: { data: base64('db-one') } });
    await expect(read('web-one')).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  });
});

describe('the audit log', () => {
  it('has no payload', async () => {
    await plane.create('db');
    const { audit } = await plane.as('user:owner@example.com', 'POST', `${SECRETS}/db:addVersion`, {
      payload: { data: base64('hidden') },
    });
    const entry = await audit;
    expect(entry).toMatchObject({
      methodName: 'google.cloud.secretmanager.v1.SecretManagerService.AddSecretVersion',
      serviceName: 'secretmanager.googleapis.com',
      resourceName: `${PROJECT}/secrets/db`,
      project: 'myproject-a',
      request: { parent: `${PROJECT}/secrets/db` },
    });
    expect(JSON.stringify(entry)).not.toContain(base64('hidden'));
  });
});
