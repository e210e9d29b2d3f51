import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { organizationName } from '../../names/index.js';
import { invoke, openRooms, type Rooms } from '../test-support.js';
import { cloudIdentityApi } from './api.js';
import { groupId } from './directory.js';

const VIEWER = 'user:viewer@example.com';
const BOB = 'user:bob@example.com';
const EVE = 'user:eve@example.com';
const PLATFORM = groupId('platform@example.com');
const DEPLOYERS = groupId('deployers@example.com');
const LABEL = 'cloudidentity.googleapis.com/groups.discussion_forum';

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = cloudIdentityApi(rooms);
  const { organizations } = rooms.access;
  const createTime = new Date(0).toISOString();
  const customer = { id: '123', domain: 'example.com', customerId: 'C01abc', createTime };
  await rooms.store.commit([organizations.creation(customer)]);
  await rooms.store.commit([
    { op: 'put', key: 'groups/platform@example.com', value: ['group:deployers@example.com', EVE] },
    // In a circle, and with somebody who has been deleted.
    {
      op: 'put',
      key: 'groups/deployers@example.com',
      value: [BOB, 'group:platform@example.com', 'deleted:user:zoe@example.com?uid=1'],
    },
    { op: 'put', key: 'groups/other@example.com', value: [] },
    await rooms.access.grantWrite(
      organizationName('123'),
      'roles/resourcemanager.organizationViewer',
      VIEWER,
    ),
  ]);
});
afterEach(() => rooms.store.close());

const get = async (member: string, url: string): Promise<JsonValue> =>
  (await invoke(api, rooms.access, member, 'GET', url)).json;
const query = (email: string, more = '') =>
  `query=${encodeURIComponent(`member_key_id == '${email}'${more}`)}`;
const isMember = (as: string, group: string, email: string) =>
  get(as, `/v1/groups/${group}/memberships:checkTransitiveMembership?${query(email)}`);

describe('groups of Cloud Identity', () => {
  it('are found by their address and shown by their name', async () => {
    expect(await get(VIEWER, '/v1/groups:lookup?groupKey.id=Platform@example.com')).toEqual({
      name: `groups/${PLATFORM}`,
    });
    expect(await get(VIEWER, `/v1/groups/${PLATFORM}`)).toEqual({
      name: `groups/${PLATFORM}`,
      groupKey: { id: 'platform@example.com' },
      parent: 'customers/C01abc',
      displayName: 'platform',
      labels: { [LABEL]: '' },
    });
  });

  it('list their own members, by pages, and those who have been deleted no more', async () => {
    const first = await get(VIEWER, `/v1/groups/${DEPLOYERS}/memberships?view=FULL&pageSize=1`);
    expect(first).toMatchObject({
      memberships: [{ preferredMemberKey: { id: 'platform@example.com' }, type: 'GROUP' }],
    });
    const { nextPageToken } = first as { nextPageToken: string };
    const second = await get(
      VIEWER,
      `/v1/groups/${DEPLOYERS}/memberships?view=FULL&pageSize=1&pageToken=${nextPageToken}`,
    );
    expect(second).toEqual({
      memberships: [
        {
          name: expect.stringMatching(/^groups\/\w+\/memberships\/\d+$/),
          preferredMemberKey: { id: 'bob@example.com' },
          roles: [{ name: 'MEMBER' }],
          type: 'USER',
        },
      ],
    });
  });

  it('hold those in groups in them too, and circles end', async () => {
    expect(await isMember(VIEWER, PLATFORM, 'bob@example.com')).toEqual({ hasMembership: true });
    expect(await isMember(VIEWER, DEPLOYERS, 'eve@example.com')).toEqual({ hasMembership: true });
    expect(await isMember(VIEWER, PLATFORM, 'deployers@example.com')).toEqual({ hasMembership: true });
    expect(await isMember(VIEWER, PLATFORM, 'zoe@example.com')).toEqual({});
    expect(await isMember(VIEWER, groupId('other@example.com'), 'bob@example.com')).toEqual({});
  });

  it('are searched from either end', async () => {
    const members = await get(VIEWER, `/v1/groups/${PLATFORM}/memberships:searchTransitiveMemberships`);
    expect(members).toMatchObject({
      memberships: expect.arrayContaining([
        expect.objectContaining({
          preferredMemberKey: [{ id: 'bob@example.com' }],
          relationType: 'INDIRECT',
        }),
        expect.objectContaining({
          preferredMemberKey: [{ id: 'eve@example.com' }],
          relationType: 'DIRECT_AND_INDIRECT',
        }),
      ]),
    });
    const labelled = query('bob@example.com', ` && '${LABEL}' in labels`);
    const groups = await get(VIEWER, `/v1/groups/-/memberships:searchTransitiveGroups?${labelled}`);
    expect(groups).toMatchObject({
      memberships: [
        { group: `groups/${DEPLOYERS}`, groupKey: { id: 'deployers@example.com' } },
        { group: `groups/${PLATFORM}`, relationType: 'INDIRECT' },
      ],
    });
  });
});

describe('who may see a group', () => {
  it('are its members, and viewers of the organization', async () => {
    expect(await isMember(BOB, PLATFORM, 'eve@example.com')).toEqual({ hasMembership: true });
    const other = groupId('other@example.com');
    await expect(isMember(BOB, other, 'eve@example.com')).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message: `Error(2028): Permission denied for resource groups/${other} (or it may not exist).`,
    });
    await expect(get(BOB, '/v1/groups:lookup?groupKey.id=other@example.com')).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('learns nothing of what is not there, not even who may see all', async () => {
    for (const url of ['/v1/groups/none', '/v1/groups:lookup?groupKey.id=none@example.com']) {
      await expect(get(VIEWER, url)).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
    }
  });

  it('may ask for their own groups, and for nobody else’s', async () => {
    const url = (email: string) => `/v1/groups/-/memberships:searchTransitiveGroups?${query(email)}`;
    expect(await get(BOB, url('bob@example.com'))).toMatchObject({ memberships: [{}, {}] });
    await expect(get(BOB, url('eve@example.com'))).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  });
});

it.each([
  '/v1/groups:lookup',
  '/v1/groups:lookup?groupKey.id=a@b.com&groupKey.namespace=x',
  `/v1/groups/${PLATFORM}/memberships?view=ALL`,
  `/v1/groups/${PLATFORM}/memberships?pageSize=x`,
  `/v1/groups/${PLATFORM}/memberships?orderBy=x`,
  `/v1/groups/${PLATFORM}/memberships:checkTransitiveMembership`,
  `/v1/groups/${PLATFORM}/memberships:checkTransitiveMembership?query=${encodeURIComponent("member_key_id == 'a' || true")}`,
  `/v1/groups/-/memberships:searchTransitiveGroups?${query('a@b.com', " && 'other' in labels")}`,
])('is refused for what is not understood: %s', async (url) => {
  await expect(get(VIEWER, url)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
});
