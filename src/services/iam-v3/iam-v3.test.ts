import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonObject, JsonValue } from '../../google/index.js';
import { folderName, organizationName, projectName } from '../../names/index.js';
import { iamApi } from '../iam/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';

const ADMIN = 'user:admin@example.com';
const BINDER = 'user:binder@example.com';
const NUMBER = '891566352225';
const PROJECT = '//cloudresourcemanager.googleapis.com/projects/myproject-a';
const POLICIES = 'organizations/123/locations/global/principalAccessBoundaryPolicies';
const POLICY = `${POLICIES}/only-us`;
const BINDINGS = `projects/${NUMBER}/locations/global/policyBindings`;
const TIME = '2026-01-02T03:04:05.678Z';

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = iamApi(rooms);
  await rooms.store.commit([
    { op: 'put', key: 'organizations/123', value: { customerId: 'C03az79cb' } },
    { op: 'put', key: 'folders/45', value: { parent: 'organizations/123' } },
    ...(await Promise.all([
      rooms.access.grantsWrite(organizationName('123'), [
        { role: 'roles/iam.principalAccessBoundaryAdmin', member: ADMIN },
        { role: 'roles/iam.workspacePoolAdmin', member: ADMIN },
        { role: 'roles/resourcemanager.organizationAdmin', member: ADMIN },
        { role: 'roles/iam.principalAccessBoundaryUser', member: BINDER },
      ]),
      rooms.access.grantWrite(folderName('45'), 'roles/resourcemanager.folderIamAdmin', BINDER),
    ])),
  ]);
  const wanted = { projectId: 'myproject-a', number: NUMBER, owners: [], parent: 'folders/45' };
  await createProject(rooms, wanted, NOW);
  await rooms.store.commit([
    await rooms.access.grantsWrite(projectName('myproject-a'), [
      { role: 'roles/iam.operationViewer', member: BINDER },
      { role: 'roles/resourcemanager.projectIamAdmin', member: BINDER },
    ]),
  ]);
});
afterEach(() => rooms.store.close());

const as = (member: string, verb: string, url: string, body?: JsonValue) =>
  invoke(api, rooms.access, member, verb, `/v3/${url}`, body);
const json = async (...call: Parameters<typeof as>) => (await as(...call)).json as JsonObject;

const only = (resource: string, change: JsonObject = {}) => ({
  displayName: 'Only us',
  details: { rules: [{ description: 'ours', resources: [resource], effect: 'ALLOW' }], ...change },
});
const createPolicy = (body: JsonValue = only(PROJECT), id = 'only-us', query = '') =>
  json(ADMIN, 'POST', `${POLICIES}?principalAccessBoundaryPolicyId=${id}${query}`, body);
const toProject = (change: JsonObject = {}): JsonObject => ({
  target: { principalSet: PROJECT },
  policy: POLICY,
  ...change,
});
const bind = (
  body: JsonValue = toProject(),
  parent = 'projects/myproject-a',
  query = '?policyBindingId=ours',
) => json(BINDER, 'POST', `${parent}/locations/global/policyBindings${query}`, body);
const responseIn = (operation: JsonObject): JsonObject => {
  const { '@type': _, ...rest } = operation.response as JsonObject;
  return rest;
};

describe('a principal access boundary policy', () => {
  it('is made by an operation that is done, and can be read with it', async () => {
    const operation = await createPolicy();
    expect(operation).toEqual({
      name: expect.stringMatching(
        /^organizations\/123\/locations\/global\/operations\/operation-1767323045678-[0-9a-f]{13}-[0-9a-f]{8}-[0-9a-f]{8}$/,
      ),
      metadata: {
        '@type': 'type.googleapis.com/google.iam.v3.OperationMetadata',
        createTime: TIME,
        endTime: TIME,
        target: POLICY,
        verb: 'create',
        apiVersion: 'v3',
      },
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.iam.v3.PrincipalAccessBoundaryPolicy',
        name: POLICY,
        uid: expect.stringMatching(/^puid_\d{19}$/),
        etag: expect.stringMatching(/^W\/"/),
        displayName: 'Only us',
        createTime: TIME,
        updateTime: TIME,
        details: {
          rules: [{ description: 'ours', resources: [PROJECT], effect: 'ALLOW' }],
          enforcementVersion: '4',
        },
      },
    });
    expect(await json(ADMIN, 'GET', String(operation.name))).toEqual(operation);
    expect(await json(ADMIN, 'GET', POLICY)).toEqual(responseIn(operation));
  });

  it('is listed by pages, with the others of its organization', async () => {
    for (const id of ['one', 'two', 'three']) await createPolicy(only(PROJECT), id);
    const first = await json(ADMIN, 'GET', `${POLICIES}?pageSize=2`);
    const names = (answer: JsonObject) =>
      (answer.principalAccessBoundaryPolicies as JsonObject[]).map(({ name }) =>
        String(name).split('/').at(-1),
      );
    expect(names(first)).toEqual(['one', 'three']);
    expect(names(await json(ADMIN, 'GET', `${POLICIES}?pageToken=${first.nextPageToken}`))).toEqual(['two']);
  });

  it('changes in what the mask names', async () => {
    const { etag } = responseIn(await createPolicy(only(PROJECT, { enforcementVersion: '2' })));
    const renamed = await json(ADMIN, 'PATCH', `${POLICY}?updateMask=displayName`, {
      displayName: 'Ours',
      etag,
    });
    expect(responseIn(renamed)).toMatchObject({ displayName: 'Ours', details: { enforcementVersion: '2' } });
    const latest = await json(ADMIN, 'PATCH', `${POLICY}?updateMask=details.enforcementVersion`, {
      details: { enforcementVersion: 'latest' },
    });
    expect(responseIn(latest)).toMatchObject({
      displayName: 'Ours',
      details: { enforcementVersion: 'latest', rules: [{ resources: [PROJECT] }] },
    });
    const all = await json(ADMIN, 'PATCH', POLICY, only('//cloudresourcemanager.googleapis.com/folders/45'));
    expect(responseIn(all)).toMatchObject({
      displayName: 'Only us',
      details: { rules: [{ resources: ['//cloudresourcemanager.googleapis.com/folders/45'] }] },
    });
    await expect(as(ADMIN, 'PATCH', POLICY, { ...only(PROJECT), etag })).rejects.toMatchObject({
      status: 'ABORTED',
    });
    await expect(as(ADMIN, 'PATCH', `${POLICY}?updateMask=rules`, {})).rejects.toThrow('"rules"');
  });

  it('is not made, changed or deleted by a call that only validates', async () => {
    expect(responseIn(await createPolicy(only(PROJECT), 'only-us', '&validateOnly=true')).name).toBe(POLICY);
    await expect(as(ADMIN, 'GET', POLICY)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    await createPolicy();
    await json(ADMIN, 'PATCH', `${POLICY}?updateMask=displayName&validateOnly=true`, { displayName: 'x' });
    await json(ADMIN, 'DELETE', `${POLICY}?validateOnly=true`);
    expect(await json(ADMIN, 'GET', POLICY)).toMatchObject({ displayName: 'Only us' });
  });

  it('goes only by force while it is bound', async () => {
    await createPolicy();
    await bind();
    await expect(as(ADMIN, 'DELETE', POLICY)).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
    expect((await json(ADMIN, 'DELETE', `${POLICY}?force=true`)).response).toEqual({
      '@type': 'type.googleapis.com/google.protobuf.Empty',
    });
    await expect(as(BINDER, 'GET', `${BINDINGS}/ours`)).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });

  it.each<[string, string, string, JsonValue | undefined, string]>([
    [
      'another location',
      'POST',
      `${POLICIES.replace('global', 'us')}?principalAccessBoundaryPolicyId=abc`,
      {},
      'location',
    ],
    [
      'a bad id',
      'POST',
      `${POLICIES}?principalAccessBoundaryPolicyId=A`,
      {},
      'principal_access_boundary_policy_id',
    ],
    ['no id', 'POST', POLICIES, {}, 'principal_access_boundary_policy_id'],
    ['another name', 'POST', `${POLICIES}?principalAccessBoundaryPolicyId=abc`, { name: POLICY }, 'name'],
    [
      'no effect',
      'POST',
      `${POLICIES}?principalAccessBoundaryPolicyId=abc`,
      { details: { rules: [{ resources: [PROJECT] }] } },
      'effect',
    ],
    ['a name that is no number', 'GET', POLICY.replace('123', 'mine'), undefined, 'Invalid resource name'],
  ])('is refused for %s', async (_, verb, url, body, message) => {
    await expect(as(ADMIN, verb, url, body)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining(message),
    });
  });
});

describe('a policy binding', () => {
  it('is made by who may bind the policy and its target', async () => {
    await createPolicy();
    const {
      authorizations,
      json: operation,
      audit,
    } = await as(
      BINDER,
      'POST',
      'projects/myproject-a/locations/global/policyBindings?policyBindingId=ours',
      toProject({ displayName: 'all of them', condition: { expression: "principal.subject != 'x'" } }),
    );
    expect(operation).toMatchObject({
      name: expect.stringMatching(`^projects/${NUMBER}/locations/global/operations/operation-`),
      metadata: { target: `${BINDINGS}/ours`, verb: 'create' },
      response: {
        '@type': 'type.googleapis.com/google.iam.v3.PolicyBinding',
        name: `${BINDINGS}/ours`,
        displayName: 'all of them',
        target: { principalSet: PROJECT },
        policyKind: 'PRINCIPAL_ACCESS_BOUNDARY',
        policy: POLICY,
        policyUid: (await json(ADMIN, 'GET', POLICY)).uid,
        condition: { expression: "principal.subject != 'x'" },
      },
    });
    expect(authorizations.map(({ permission }) => permission)).toEqual([
      'iam.principalaccessboundarypolicies.bind',
      'resourcemanager.projects.createPolicyBinding',
    ]);
    expect(await audit).toMatchObject({
      methodName: 'google.iam.v3.PolicyBindings.CreatePolicyBinding',
      project: 'myproject-a',
    });
    expect(await json(BINDER, 'GET', String((operation as JsonObject).name))).toEqual(operation);
    for (const id of ['myproject-a', NUMBER]) {
      const name = `projects/${id}/locations/global/policyBindings/ours`;
      expect(await json(BINDER, 'GET', name)).toEqual(responseIn(operation as JsonObject));
    }
  });

  it.each<[string, JsonObject, string, string]>([
    [
      'organizations/123',
      { target: { principalSet: '//cloudresourcemanager.googleapis.com/organizations/123' } },
      ADMIN,
      'resourcemanager.organizations.createPolicyBinding',
    ],
    [
      'organizations/123',
      { target: { principalSet: '//iam.googleapis.com/locations/global/workspace/C03az79cb' } },
      ADMIN,
      'iam.googleapis.com/workspacePools.createPolicyBinding',
    ],
    [
      'folders/45',
      { target: { principalSet: '//cloudresourcemanager.googleapis.com/folders/45' } },
      BINDER,
      'resourcemanager.folders.createPolicyBinding',
    ],
  ])('of %s needs the permission of its target: %j', async (parent, change, member, permission) => {
    await createPolicy();
    const url = `${parent}/locations/global/policyBindings?policyBindingId=ours`;
    const { authorizations, json: operation, audit } = await as(member, 'POST', url, toProject(change));
    expect(authorizations.at(-1)).toMatchObject({ permission, granted: true });
    expect(await audit).toMatchObject({ project: parent });
    expect(await json(member, 'GET', String((operation as JsonObject).name))).toEqual(operation);
    await expect(as('user:nobody@example.com', 'POST', url, toProject(change))).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('to a pool needs the permission on the pool’s project, and on the policy to change or end', async () => {
    await createPolicy();
    const pool = `//iam.googleapis.com/projects/${NUMBER}/locations/global/workloadIdentityPools/github`;
    const refused = bind(toProject({ target: { principalSet: pool } }));
    await expect(refused).rejects.toThrow("'iam.workloadIdentityPools.createPolicyBinding'");
    await bind();
    const url = `${BINDINGS}/ours`;
    const updated = await as(BINDER, 'PATCH', `${url}?updateMask=displayName`, { displayName: 'x' });
    const deleted = await as(BINDER, 'DELETE', url);
    expect(
      [updated, deleted].map(({ authorizations }) => authorizations.map((each) => each.permission)),
    ).toEqual([
      ['iam.principalaccessboundarypolicies.bind', 'resourcemanager.projects.updatePolicyBinding'],
      ['iam.principalaccessboundarypolicies.unbind', 'resourcemanager.projects.deletePolicyBinding'],
    ]);
    await expect(as('user:nobody@example.com', 'DELETE', url)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
    await expect(as(BINDER, 'DELETE', url)).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });

  it('changes in what the mask names, and never in target or policy', async () => {
    await createPolicy();
    await createPolicy(only(PROJECT), 'other');
    const condition = { title: 'not me', expression: "principal.subject != 'me@example.com'" };
    await bind(toProject({ condition }));
    const patch = (mask: string, body: JsonObject) =>
      json(BINDER, 'PATCH', `${BINDINGS}/ours${mask === '' ? '' : `?updateMask=${mask}`}`, body);
    expect(responseIn(await patch('annotations', { annotations: { team: 'x' } }))).toMatchObject({
      annotations: { team: 'x' },
      condition,
    });
    expect(responseIn(await patch('', toProject()))).not.toHaveProperty('condition');
    const other = `${POLICIES}/other`;
    await expect(patch('policy', { policy: other })).rejects.toThrow('policy_binding.policy');
    await expect(patch('', toProject({ policy: other }))).rejects.toThrow('policy_binding.policy');
    await expect(patch('uid,expireTime', {})).rejects.toThrow('"expireTime"');
    await expect(patch('', toProject({ condition: { expression: 'true' } }))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });

  it('is found by parent and filter, by target, and by policy', async () => {
    await createPolicy();
    await createPolicy(only(PROJECT), 'other');
    await bind();
    await bind(toProject({ policy: `${POLICIES}/other` }), 'projects/myproject-a', '?policyBindingId=second');
    const ids = (answer: JsonObject) =>
      ((answer.policyBindings ?? []) as JsonObject[]).map(({ name }) => String(name).split('/').at(-1));
    const list = async (filter: string) =>
      ids(await json(BINDER, 'GET', `${BINDINGS}?filter=${encodeURIComponent(filter)}`));
    expect(await list('')).toEqual(['ours', 'second']);
    expect(await list(`policy:${POLICY.toUpperCase()}`)).toEqual(['ours']);
    expect(await list('target:"//cloudresourcemanager*" AND policy:organizations*')).toEqual([
      'ours',
      'second',
    ]);
    expect(await list('target:other')).toEqual([]);
    await expect(list('displayName:x')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    const search = `${BINDINGS}:searchTargetPolicyBindings?target=${encodeURIComponent(PROJECT)}`;
    expect(ids(await json(BINDER, 'GET', search))).toEqual(['ours', 'second']);
    expect(ids(await json(ADMIN, 'GET', `${POLICY}:searchPolicyBindings`))).toEqual(['ours']);
  });

  it.each<[string, JsonObject]>([
    ['no target', { target: {} }],
    ['a target that is none', { target: { principalSet: 'projects/myproject-a' } }],
    ['a policy that is none', { policy: 'only-us' }],
    ['a place in a file', { condition: { expression: "principal.subject != 'x'", location: 'x' } }],
  ])('is refused for %s', async (_, change) => {
    await createPolicy();
    await expect(bind(toProject(change))).rejects.toMatchObject({
      status: expect.stringMatching(/INVALID_ARGUMENT|UNIMPLEMENTED/),
    });
    expect(await json(BINDER, 'GET', BINDINGS)).toEqual({});
  });
});
