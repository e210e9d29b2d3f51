import { beforeEach, describe, expect, it } from 'vitest';
import { openAccess } from '../access/index.js';
import { principalOfEmail, projectName } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { openSecrets, type SecretRoom } from './open.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const DAY = 86_400_000;
const ID = { project: 'p', projectNumber: '12', secret: 'db' };
const READER = principalOfEmail('reader@example.com');
const SETTINGS = { labels: {}, annotations: {}, versionAliases: {} };

let store: Store;
let room: SecretRoom;
let now: Date;

beforeEach(async () => {
  now = NOW;
  store = openSqlite(':memory:');
  const access = openAccess({ store, accountExists: async () => true });
  await store.commit(
    access.projects.creation({
      projectId: 'p',
      number: '12',
      name: 'p',
      state: 'ACTIVE',
      createTime: NOW.toISOString(),
      labels: {},
      services: { 'secretmanager.googleapis.com': NOW.toISOString() },
    }),
  );
  const role = 'roles/secretmanager.secretAccessor';
  await store.commit([await access.grantWrite(projectName('p'), role, 'user:reader@example.com')]);
  room = openSecrets({ store, access, clock: () => now });
});

const read = async (version: string, project = 'p') => {
  const answer = await room.access(READER, { project, secret: 'db', version }, now);
  return answer.ok ? Buffer.from(answer.payload).toString() : answer.cause;
};
const add = (text: string) => room.versions.add(ID, Buffer.from(text), false, now);

describe('reading for an instance', () => {
  it('takes latest, numbers and aliases, in a project by id or number', async () => {
    await room.secrets.create(ID, { kind: 'automatic' }, SETTINGS, now);
    expect(await read('latest')).toBe('missing');
    await add('one');
    await add('two');
    await room.secrets.update(ID, '', () => ({ ...SETTINGS, versionAliases: { old: 1 } }), now);
    expect(await Promise.all(['latest', '1', 'old', '3', 'new'].map((name) => read(name)))).toEqual([
      'two',
      'one',
      'one',
      'missing',
      'missing',
    ]);
    expect(await read('latest', '12')).toBe('two');
  });

  it('is forbidden without the permission, whether the secret is there or not', async () => {
    const stranger = principalOfEmail('stranger@example.com');
    const name = { project: 'p', secret: 'db', version: 'latest' };
    expect(await room.access(stranger, name, now)).toEqual({ ok: false, cause: 'forbidden' });
    expect(await read('latest')).toBe('missing');
    expect(await read('latest', 'other')).toBe('forbidden');
  });

  it('misses what is disabled', async () => {
    await room.secrets.create(ID, { kind: 'automatic' }, SETTINGS, now);
    await add('one');
    await room.versions.change(ID, 1, 'disable', '', now);
    expect(await read('1')).toBe('missing');
  });
});

describe('a sweep', () => {
  const rows = async () => (await store.list('secret')).map(({ key }) => key);

  it('clears away secrets that have expired', async () => {
    const expireTime = new Date(NOW.getTime() + DAY).toISOString();
    await room.secrets.create(ID, { kind: 'automatic' }, { ...SETTINGS, expireTime }, now);
    await add('one');
    await room.sweep();
    expect(await rows()).toHaveLength(3);
    now = new Date(NOW.getTime() + DAY);
    expect(await read('latest')).toBe('missing');
    await room.sweep();
    expect(await rows()).toEqual([]);
  });

  it('deletes the payloads of versions whose delay is over', async () => {
    const settings = { ...SETTINGS, versionDestroyTtl: 86_400 };
    await room.secrets.create(ID, { kind: 'automatic' }, settings, now);
    await add('one');
    await add('two');
    await room.versions.change(ID, 1, 'destroy', '', now);
    now = new Date(NOW.getTime() + DAY);
    await room.sweep();
    expect(await rows()).not.toContain('secret-payloads/p/db/0000000001');
    expect(await rows()).toContain('secret-payloads/p/db/0000000002');
    expect((await room.versions.list(ID, NOW)).map(({ state }) => state)).toEqual(['DESTROYED', 'ENABLED']);
  });
});
