import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { folderName, organizationName, projectName } from '../../names/index.js';
import { createServiceAccount, iamApi } from '../iam/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';

const ADMIN = 'user:admin@example.com';
const ALICE = 'user:alice@example.com';
const NUMBER = '891566352225';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';

/** An attachment point as URLs have it: encoded, and encoded again by clients that know names only. */
const encoded = (resource: string) =>
  `cloudresourcemanager.googleapis.com%252F${resource.replace('/', '%252F')}`;
const POLICIES = `/v2/policies/${encoded('projects/myproject-a')}/denypolicies`;
const NAMES = `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${NUMBER}/denypolicies`;

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = iamApi(rooms);
  const wanted = { projectId: 'myproject-a', number: NUMBER, owners: [ALICE], parent: 'organizations/123' };
  await createProject(rooms, wanted, NOW);
  await rooms.store.commit([
    { op: 'put', key: 'organizations/123', value: {} },
    await rooms.access.grantWrite(organizationName('123'), 'roles/iam.denyAdmin', ADMIN),
  ]);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, url, body);

const denying = (permission: string, change: Readonly<Record<string, JsonValue>> = {}) => ({
  denyRule: {
    deniedPrincipals: ['principal://goog/subject/alice@example.com'],
    deniedPermissions: [permission],
    ...change,
  },
});
const noKeys = { displayName: 'No keys', rules: [denying('iam.googleapis.com/serviceAccountKeys.create')] };
const create = (body: JsonValue = noKeys, id = 'no-keys') =>
  as(ADMIN, 'POST', `${POLICIES}?policyId=${id}`, body);
const policyIn = (json: JsonValue) => (json as { response: Record<string, JsonValue> }).response;
const may = (permission: string) =>
  rooms.access.isGranted(
    { kind: 'user', email: 'alice@example.com' },
    permission,
    projectName('myproject-a'),
    NOW,
  );

describe('a deny policy', () => {
  it('is created by an operation that is done, and has an effect at once', async () => {
    expect(await may('iam.roles.create')).toBe(true);
    const { json, audit, authorizations } = await create(
      { rules: [denying('iam.googleapis.com/roles.create')] },
      'no-roles',
    );
    expect(json).toEqual({
      name: expect.stringMatching(`^${NAMES}/no-roles/operations/[0-9a-f-]{36}$`),
      metadata: {
        '@type': 'type.googleapis.com/google.iam.v2.PolicyOperationMetadata',
        createTime: '2026-01-02T03:04:05.678Z',
      },
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.iam.v2.Policy',
        name: `${NAMES}/no-roles`,
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        kind: 'DenyPolicy',
        etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
        createTime: '2026-01-02T03:04:05.678Z',
        updateTime: '2026-01-02T03:04:05.678Z',
        rules: [denying('iam.googleapis.com/roles.create')],
      },
    });
    expect(await may('iam.roles.create')).toBe(false);
    expect(authorizations).toEqual([
      {
        permission: 'iam.denypolicies.create',
        resource: 'cloudresourcemanager.googleapis.com/projects/myproject-a',
        granted: true,
      },
    ]);
    expect(await audit).toMatchObject({
      methodName: 'google.iam.v2.Policies.CreatePolicy',
      serviceName: 'iam.googleapis.com',
      resourceName: 'policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fmyproject-a/denypolicies',
      project: 'myproject-a',
      resource: {
        type: 'audited_resource',
        labels: { project_id: 'myproject-a', service: 'iam.googleapis.com' },
      },
    });
  });

  it('goes by the project’s id and number, and by its name encoded once or twice', async () => {
    const { json } = await create();
    const once = `/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${NUMBER}/denypolicies/no-keys`;
    for (const url of [`${POLICIES}/no-keys`, once]) {
      expect((await as(ADMIN, 'GET', url)).json).toEqual(
        Object.fromEntries(Object.entries(policyIn(json)).filter(([key]) => key !== '@type')),
      );
    }
  });

  it('is listed without its rules, in the order of the ids', async () => {
    await create();
    await create({ ...noKeys, annotations: { team: 'security' } }, 'also-no-keys');
    const { policies } = (await as(ADMIN, 'GET', `${POLICIES}?pageSize=1`)).json as { policies: JsonValue[] };
    expect(policies).toEqual([
      expect.objectContaining({ name: `${NAMES}/also-no-keys`, annotations: { team: 'security' } }),
      expect.objectContaining({ name: `${NAMES}/no-keys`, displayName: 'No keys' }),
    ]);
    expect(JSON.stringify(policies)).not.toContain('rules');
    expect(
      (await as(ADMIN, 'GET', `/v2/policies/${encoded('organizations/123')}/denypolicies`)).json,
    ).toEqual({});
  });

  it('is updated under its etag, and keeps what is not the caller’s', async () => {
    const created = policyIn((await create({ ...noKeys, annotations: { team: 'security' } })).json);
    const body = { etag: created.etag ?? '', rules: [denying('iam.googleapis.com/roles.create')] };
    const updated = policyIn((await as(ADMIN, 'PUT', `${POLICIES}/no-keys`, body)).json);
    expect(updated).toMatchObject({ uid: created.uid, annotations: { team: 'security' }, rules: body.rules });
    expect(updated.etag).not.toBe(created.etag);
    expect(updated.displayName).toBeUndefined();
    expect(await may('iam.roles.create')).toBe(false);
    await expect(as(ADMIN, 'PUT', `${POLICIES}/no-keys`, body)).rejects.toMatchObject({ status: 'ABORTED' });
    await expect(
      as(ADMIN, 'PUT', `${POLICIES}/no-keys`, { ...noKeys, annotations: { team: 'other' } }),
    ).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining('policy.annotations'),
    });
    await expect(
      as(ADMIN, 'PUT', `${POLICIES}/no-keys`, { ...noKeys, uid: 'another' }),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT', message: expect.stringContaining('policy.uid') });
  });

  it('is deleted under its etag or without one, and has no effect any more', async () => {
    const { etag = '' } = policyIn(
      (await create({ rules: [denying('iam.googleapis.com/roles.create')] })).json,
    );
    await expect(as(ADMIN, 'DELETE', `${POLICIES}/no-keys?etag=MTIz`)).rejects.toMatchObject({
      status: 'ABORTED',
    });
    expect(await may('iam.roles.create')).toBe(false);
    const { json } = await as(
      ADMIN,
      'DELETE',
      `${POLICIES}/no-keys?etag=${encodeURIComponent(String(etag))}`,
    );
    expect(policyIn(json)).toMatchObject({ deleteTime: '2026-01-02T03:04:05.678Z' });
    expect(await may('iam.roles.create')).toBe(true);
    await expect(as(ADMIN, 'GET', `${POLICIES}/no-keys`)).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Policy "${NAMES}/no-keys" not found.`,
    });
  });

  it('has operations that can be read again', async () => {
    const { json } = await create();
    const name = String((json as { name: string }).name).replaceAll('%2F', '%252F');
    expect((await as(ADMIN, 'GET', `/v2/${name}`)).json).toEqual(json);
    await expect(as(ADMIN, 'GET', `/v2/${name}0`)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    await expect(as(ALICE, 'PUT', `${POLICIES}/no-keys`, noKeys)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      message:
        'Permission iam.googleapis.com/denypolicies.update denied on resource cloudresourcemanager.googleapis.com/projects/myproject-a',
    });
  });

  it('of a folder or an organization reaches the projects below', async () => {
    await createProject(rooms, { projectId: 'myproject-c', owners: [ALICE], parent: 'folders/47' }, NOW);
    await rooms.store.commit([{ op: 'put', key: 'folders/47', value: { parent: 'organizations/123' } }]);
    const inProject = (project: string) =>
      rooms.access.held(
        { kind: 'user', email: 'alice@example.com' },
        ['iam.roles.create'],
        projectName(project),
        NOW,
      );
    const rules = [denying('iam.googleapis.com/roles.create')];
    await as(ADMIN, 'POST', `/v2/policies/${encoded('folders/47')}/denypolicies?policyId=below`, { rules });
    expect([await inProject('myproject-a'), await inProject('myproject-c')]).toEqual([
      ['iam.roles.create'],
      [],
    ]);
    await as(ADMIN, 'POST', `/v2/policies/${encoded('organizations/123')}/denypolicies?policyId=below`, {
      rules,
    });
    expect([await inProject('myproject-a'), await inProject('myproject-c')]).toEqual([[], []]);
    expect(await rooms.access.denyPolicies.list(folderName('47'))).toHaveLength(1);
  });

  it('follows a service account through its deletion and restoration', async () => {
    const { uniqueId } = await createServiceAccount(rooms, 'myproject-a', { accountId: 'runtime' }, NOW);
    await rooms.store.commit([
      await rooms.access.grantWrite(projectName('myproject-a'), 'roles/viewer', `serviceAccount:${RUNTIME}`),
    ]);
    const identifier = `principal://iam.googleapis.com/projects/-/serviceAccounts/${RUNTIME}`;
    await create({ rules: [denying('iam.googleapis.com/roles.list', { deniedPrincipals: [identifier] })] });
    const named = async () => (await rooms.access.denyPolicies.list(projectName('myproject-a')))[0]?.rules[0];
    const lists = () =>
      rooms.access.isGranted(
        { kind: 'serviceAccount', email: RUNTIME },
        'iam.roles.list',
        projectName('myproject-a'),
        NOW,
      );
    expect(await lists()).toBe(false);
    await as(ALICE, 'DELETE', `/v1/projects/-/serviceAccounts/${RUNTIME}`);
    expect(await named()).toMatchObject({ deniedPrincipals: [`deleted:${identifier}?uid=${uniqueId}`] });
    await as(ALICE, 'POST', `/v1/projects/-/serviceAccounts/${uniqueId}:undelete`, {});
    expect(await named()).toMatchObject({ deniedPrincipals: [identifier] });
    expect(await lists()).toBe(false);
  });
});

describe('what is refused', () => {
  it.each<[string, JsonValue, string, string]>([
    ['ab', noKeys, 'INVALID_ARGUMENT', 'policy_id: "ab" is not valid'],
    ['no-keys', {}, 'INVALID_ARGUMENT', 'policy.rules: a deny policy needs at least one rule'],
    ['no-keys', { rules: [{ description: 'nothing' }] }, 'INVALID_ARGUMENT', 'policy.rules[0].deny_rule'],
    ['no-keys', { ...noKeys, managingAuthority: 'me' }, 'UNIMPLEMENTED', 'managing_authority'],
    ['no-keys', { ...noKeys, name: `${NAMES}/other` }, 'INVALID_ARGUMENT', 'policy.name'],
    [
      'no-keys',
      { rules: [denying('iam.googleapis.com/denypolicies.delete')] },
      'INVALID_ARGUMENT',
      'not supported in deny policies',
    ],
    [
      'no-keys',
      {
        rules: [
          denying('iam.googleapis.com/roles.get', {
            exceptionPrincipals: ['principalSet://goog/group/nobody@example.com'],
          }),
        ],
      },
      'INVALID_ARGUMENT',
      'Group nobody@example.com does not exist.',
    ],
    [
      'no-keys',
      {
        rules: [
          denying('iam.googleapis.com/roles.get', {
            deniedPrincipals: [`principal://iam.googleapis.com/projects/-/serviceAccounts/${RUNTIME}`],
          }),
        ],
      },
      'INVALID_ARGUMENT',
      `Service account ${RUNTIME} does not exist.`,
    ],
    [
      'no-keys',
      {
        rules: [
          denying('iam.googleapis.com/roles.get', {
            denialCondition: { expression: "resource.hasTagKey('1/a')", location: 'a.yaml' },
          }),
        ],
      },
      'UNIMPLEMENTED',
      'denial_condition.location',
    ],
  ])('%s: %j', async (id, body, status, message) => {
    await expect(create(body, id)).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
    expect(await rooms.access.denyPolicies.list(projectName('myproject-a'))).toEqual([]);
  });

  it('the same id twice', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: `Policy "${NAMES}/no-keys" already exists.`,
    });
  });

  it.each([
    ['GET', '/v2/policies/run.googleapis.com%252Fprojects%252Fp/denypolicies', 'INVALID_ARGUMENT'],
    ['GET', '/v2/policies/cloudresourcemanager.googleapis.com%252Fprojects/denypolicies', 'INVALID_ARGUMENT'],
    [
      'GET',
      '/v2/policies/cloudresourcemanager.googleapis.com%252Ffolders%252Fname/denypolicies',
      'INVALID_ARGUMENT',
    ],
    ['GET', `/v2/policies/${encoded('projects/myproject-a')}/accessboundarypolicies`, 'UNIMPLEMENTED'],
    ['GET', `/v2/policies/${encoded('projects/myproject-x')}/denypolicies`, 'PERMISSION_DENIED'],
    ['DELETE', `${POLICIES}/none`, 'NOT_FOUND'],
  ])('%s %s: %s', async (verb, url, status) => {
    await expect(as(ADMIN, verb, url)).rejects.toMatchObject({ status });
  });

  it('an organization that is not there', async () => {
    await rooms.store.commit([
      await rooms.access.grantWrite(organizationName('456'), 'roles/iam.denyAdmin', ADMIN),
    ]);
    const url = `/v2/policies/${encoded('organizations/456')}/denypolicies?policyId=some`;
    await expect(as(ADMIN, 'POST', url, noKeys)).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });
});
