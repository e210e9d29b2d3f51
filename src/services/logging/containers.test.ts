import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../audit/index.js';
import type { Api, JsonObject, JsonValue } from '../../google/index.js';
import { folderName, organizationName } from '../../names/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { loggingApi } from './api.js';

const ALICE = 'user:alice@example.com';
const BOB = 'user:bob@example.com';

let rooms: Rooms;
let api: Api;
beforeEach(async () => {
  rooms = await openRooms();
  api = loggingApi({ log: openLog(rooms.store), access: rooms.access });
  const createTime = NOW.toISOString();
  await rooms.store.commit([
    rooms.access.organizations.creation({ id: '1', customerId: 'C00000001', createTime }),
    rooms.access.folders.creation({
      id: '4711',
      displayName: 'Platform',
      parent: 'organizations/1',
      state: 'ACTIVE',
      createTime,
    }),
  ]);
});
afterEach(() => rooms.store.close());

const call = async (as: string, verb: string, url: string, body?: JsonValue): Promise<JsonObject> =>
  (await invoke(api, rooms.access, as, verb, url, body)).json as JsonObject;
const list = async (as: string, ...resourceNames: string[]) =>
  (await call(as, 'POST', '/v2/entries:list', { resourceNames })).entries;

describe.each(['folders/4711', 'organizations/1'])('the logs of %s', (container) => {
  const entry = { logName: `${container}/logs/a`, resource: { type: 'global' }, textPayload: 'x' };

  beforeEach(async () => {
    const resource = container === 'folders/4711' ? folderName('4711') : organizationName('1');
    await rooms.store.commit([await rooms.access.grantWrite(resource, 'roles/logging.admin', ALICE)]);
  });

  it('are written, read, listed and deleted by those who may there', async () => {
    await call(ALICE, 'POST', '/v2/entries:write', { entries: [entry] });
    expect(await list(ALICE, container)).toMatchObject([
      { logName: `${container}/logs/a`, textPayload: 'x', resource: { type: 'global', labels: {} } },
    ]);
    expect((await call(ALICE, 'GET', `/v2/${container}/logs`)).logNames).toEqual([`${container}/logs/a`]);
    const { audit } = await invoke(api, rooms.access, ALICE, 'DELETE', `/v2/${container}/logs/a`);
    expect(await audit).toMatchObject({ project: container });
    expect(await list(ALICE, container)).toBeUndefined();
  });

  it('are refused to others', async () => {
    for (const asked of [
      call(BOB, 'POST', '/v2/entries:write', { entries: [entry] }),
      list(BOB, container),
      call(BOB, 'GET', `/v2/${container}/logs`),
      call(BOB, 'DELETE', `/v2/${container}/logs/a`),
    ]) {
      await expect(asked).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    }
  });
});

it('does not mix a folder’s entries with the organization’s', async () => {
  await rooms.store.commit([
    await rooms.access.grantWrite(organizationName('1'), 'roles/logging.admin', ALICE),
  ]);
  const entries = ['folders/4711', 'organizations/1'].map((container) => ({
    logName: `${container}/logs/a`,
    resource: { type: 'global' },
    textPayload: container,
  }));
  await call(ALICE, 'POST', '/v2/entries:write', { entries });
  expect(await list(ALICE, 'organizations/1')).toMatchObject([{ textPayload: 'organizations/1' }]);
  expect(await list(ALICE, 'organizations/1', 'folders/4711')).toHaveLength(2);
});

it('refuses a folder that is not there as one that the caller may not see', async () => {
  await expect(list(ALICE, 'folders/4712')).rejects.toMatchObject({
    status: 'PERMISSION_DENIED',
    message: 'Permission denied for all log views',
  });
});
