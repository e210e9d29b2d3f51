import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ANONYMOUS,
  type Principal,
  projectName,
  repositoryName,
  serviceAccountName,
} from '../names/index.js';
import { openSqlite, type Store, VersionConflict } from '../store/index.js';
import { openAccess } from './control.js';
import type { AccessControl, PolicyUpdate, Project } from './types.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const REPO = repositoryName('myproject-b', 'asia-northeast1', 'myrepo');
const DOWNLOAD = 'artifactregistry.repositories.downloadArtifacts';

const project = (projectId: string, number: string, parent?: string): Project => ({
  projectId,
  number,
  name: projectId,
  state: 'ACTIVE',
  createTime: NOW.toISOString(),
  labels: {},
  services: {},
  ...(parent === undefined ? {} : { parent }),
});

const POOLS = '//iam.googleapis.com/projects/222222222222/locations/global/workloadIdentityPools';
const GHOST_POOL = `${POOLS}/ghosts` as const;
const NO_POOL =
  'Identity Pool does not exist (projects/222222222222/locations/global/workloadIdentityPools/ghosts). ' +
  'Please check that you specified a valid resource name as returned in the `name` attribute in the configuration API.';

const grant = (role: string, ...members: string[]): PolicyUpdate => ({ bindings: [{ role, members }] });

let store: Store;
let access: AccessControl;

beforeEach(async () => {
  store = openSqlite(':memory:');
  access = openAccess({
    store,
    accountExists: async (email) => email === 'runtime@myproject-b.iam.gserviceaccount.com',
    poolExists: async (name) => name === `${POOLS}/github`,
  });
  await store.commit(access.projects.creation(project('myproject-b', '222222222222', 'folders/4711')));
});
afterEach(() => store.close());

const reads = (principal: Principal = ALICE) => access.isGranted(principal, DOWNLOAD, REPO, NOW);

describe('projects', () => {
  it('are found by id and by number', async () => {
    expect((await access.projects.get('myproject-b'))?.number).toBe('222222222222');
    expect((await access.projects.get('222222222222'))?.projectId).toBe('myproject-b');
    expect(await access.projects.get('myproject-c')).toBeUndefined();
  });

  it('cannot take an id or a number that is taken', async () => {
    const again = store.commit(access.projects.creation(project('myproject-b', '333333333333')));
    await expect(again).rejects.toThrow(VersionConflict);
    const sameNumber = store.commit(access.projects.creation(project('myproject-c', '222222222222')));
    await expect(sameNumber).rejects.toThrow(VersionConflict);
    expect(await access.projects.get('myproject-c')).toBeUndefined();
  });

  it('are updated only from their latest version', async () => {
    const row = await access.projects.get('myproject-b');
    if (!row) throw new Error('the project is there');
    await store.commit([access.projects.update({ ...row, name: 'First' })]);
    await expect(store.commit([access.projects.update({ ...row, name: 'Second' })])).rejects.toThrow(
      VersionConflict,
    );
    expect((await access.projects.get('myproject-b'))?.name).toBe('First');
  });
});

describe('decisions', () => {
  it('follow each policy write at once, though policies are kept in memory', async () => {
    expect(await reads()).toBe(false);
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', 'user:alice@example.com'), NOW);
    expect(await reads()).toBe(true);
    await access.setPolicy(REPO, { bindings: [] }, NOW);
    expect(await reads()).toBe(false);
    await store.commit([await access.grantWrite(REPO, 'roles/artifactregistry.reader', 'allUsers')]);
    expect(await reads(ANONYMOUS)).toBe(true);
    await store.commit([access.removal(REPO)]);
    expect(await reads(ANONYMOUS)).toBe(false);
  });

  it.each([
    ['the project', projectName('myproject-b')],
    ['its folder', '//cloudresourcemanager.googleapis.com/folders/4711'],
    ['the folder above it', '//cloudresourcemanager.googleapis.com/folders/815'],
    ['its organization', '//cloudresourcemanager.googleapis.com/organizations/123456789012'],
  ] as const)('inherit what %s grants', async (_what, level) => {
    await store.commit([
      { op: 'put', key: 'folders/4711', value: { parent: 'folders/815' } },
      { op: 'put', key: 'folders/815', value: { parent: 'organizations/123456789012' } },
    ]);
    expect(await reads()).toBe(false);
    await access.setPolicy(level, grant('roles/artifactregistry.reader', 'user:alice@example.com'), NOW);
    expect(await reads()).toBe(true);
    expect((await access.levels(REPO)).map(({ resource }) => resource)).toContain(level);
  });

  it('end when folders name one another as parents', async () => {
    await store.commit([{ op: 'put', key: 'folders/4711', value: { parent: 'folders/4711' } }]);
    expect(await reads()).toBe(false);
  });

  it('are the same by the number of the project', async () => {
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', 'user:alice@example.com'), NOW);
    const byNumber = repositoryName('222222222222', 'asia-northeast1', 'myrepo');
    expect(await access.isGranted(ALICE, DOWNLOAD, byNumber, NOW)).toBe(true);
    expect((await access.policy(byNumber)).policy.bindings).toHaveLength(1);
  });

  it('see members who join a group', async () => {
    await store.commit([{ op: 'put', key: 'groups/platform@example.com', value: [] }]);
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', 'group:platform@example.com'), NOW);
    expect(await reads()).toBe(false);
    await store.commit([
      { op: 'put', key: 'groups/platform@example.com', value: ['user:alice@example.com'] },
    ]);
    expect(await reads()).toBe(true);
  });

  it('come with the binding that made them', async () => {
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', 'user:alice@example.com'), NOW);
    const { verdict, reasons } = await access.decide(ALICE, DOWNLOAD, REPO, NOW);
    expect(verdict).toBe('granted');
    expect(reasons).toContainEqual(
      expect.objectContaining({
        kind: 'binding',
        level: REPO,
        member: 'user:alice@example.com',
        grants: true,
      }),
    );
  });
});

describe('a project that is marked for deletion', () => {
  it('holds nothing that a policy could open, and keeps its own policy', async () => {
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', 'user:alice@example.com'), NOW);
    await access.setPolicy(projectName('myproject-b'), grant('roles/owner', 'user:alice@example.com'), NOW);
    const row = await access.projects.get('myproject-b');
    if (!row) throw new Error('the project is there');
    await store.commit([access.projects.update({ ...row, state: 'DELETE_REQUESTED' })]);
    expect(await reads()).toBe(false);
    expect(await access.held(ALICE, [DOWNLOAD], REPO, NOW)).toEqual([]);
    expect(await access.decide(ALICE, DOWNLOAD, REPO, NOW)).toEqual({
      verdict: 'denied',
      reasons: [{ kind: 'no-binding', level: REPO }],
    });
    const restore = 'resourcemanager.projects.undelete';
    expect(await access.isGranted(ALICE, restore, projectName('myproject-b'), NOW)).toBe(true);
  });
});

describe('preconditions', () => {
  it('fail a transaction after the policy of any level has changed', async () => {
    for (const level of [REPO, projectName('myproject-b')]) {
      const checks = await access.preconditions([REPO, REPO]);
      await store.commit(checks);
      await store.commit([
        await access.grantWrite(level, 'roles/artifactregistry.reader', 'user:bob@example.com'),
      ]);
      await expect(store.commit(checks)).rejects.toThrow(VersionConflict);
    }
  });
});

describe('testIamPermissions', () => {
  it('answers what is held, each once, in the order asked', async () => {
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', 'user:alice@example.com'), NOW);
    const upload = 'artifactregistry.repositories.uploadArtifacts';
    expect(await access.held(ALICE, [upload, DOWNLOAD, DOWNLOAD], REPO, NOW)).toEqual([DOWNLOAD]);
  });

  it('refuses permissions that do not exist, wildcards, and more than a hundred', async () => {
    const ask = (permissions: string[]) => access.held(ALICE, permissions, REPO, NOW);
    await expect(ask(['run.services.fly'])).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'Permission run.services.fly is not valid for this resource.',
    });
    await expect(ask(['run.*'])).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(ask(Array.from({ length: 101 }, () => DOWNLOAD))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });
});

describe('setPolicy', () => {
  const PROJECT = projectName('myproject-b');
  const READER = grant('roles/artifactregistry.reader', 'user:alice@example.com');

  it('starts from an empty policy with the etag ACAB', async () => {
    expect(await access.policy(REPO)).toEqual({
      policy: { version: 1, etag: 'ACAB', bindings: [] },
      version: 0,
    });
    await access.setPolicy(REPO, { ...READER, etag: 'ACAB' }, NOW);
    await expect(access.setPolicy(REPO, { ...READER, etag: 'ACAB' }, NOW)).rejects.toMatchObject({
      status: 'ABORTED',
    });
  });

  it('refuses a stale etag and leaves the policy as it is', async () => {
    const first = await access.setPolicy(REPO, READER, NOW);
    const second = await access.setPolicy(REPO, { ...READER, etag: first.etag }, NOW);
    expect(second.etag).not.toBe(first.etag);
    await expect(access.setPolicy(REPO, { bindings: [], etag: first.etag }, NOW)).rejects.toMatchObject({
      status: 'ABORTED',
      message:
        'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
    });
    expect((await access.policy(REPO)).policy).toEqual(second);
  });

  it('takes an etag in the URL-safe alphabet, in which gcloud sends it back', async () => {
    await store.commit([
      { op: 'put', key: `policies/${REPO}`, value: { version: 1, etag: 'B+/+/v7//w8=', bindings: [] } },
    ]);
    const set = await access.setPolicy(REPO, { ...READER, etag: 'B-_-_v7__w8=' }, NOW);
    expect(set.bindings).toEqual(READER.bindings);
  });

  it('overwrites blindly without an etag', async () => {
    await access.setPolicy(REPO, READER, NOW);
    await access.setPolicy(REPO, { bindings: [] }, NOW);
    expect((await access.policy(REPO)).policy.bindings).toEqual([]);
  });

  it('lets only one of two concurrent writers with the same etag through', async () => {
    const { etag } = await access.setPolicy(REPO, READER, NOW);
    const writes = await Promise.allSettled([
      access.setPolicy(REPO, { ...READER, etag }, NOW),
      access.setPolicy(REPO, { bindings: [], etag }, NOW),
    ]);
    expect(writes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('keeps the version at 3 exactly while there is a condition', async () => {
    const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
    const [binding] = READER.bindings;
    if (!binding) throw new Error('there is a binding');
    const withCondition = { version: 3, bindings: [{ ...binding, condition }] };
    const set = await access.setPolicy(REPO, withCondition, NOW);
    expect(set).toMatchObject({ version: 3, bindings: [{ condition }] });
    await expect(
      access.setPolicy(REPO, { ...READER, version: 1, etag: set.etag }, NOW),
    ).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
    expect((await access.setPolicy(REPO, { ...READER, version: 3, etag: set.etag }, NOW)).version).toBe(1);
  });

  it.each([
    [
      'a role that the resource does not take',
      PROJECT,
      'roles/iam.denyAdmin',
      'user:a@example.com',
      'Role roles/iam.denyAdmin is not supported for this resource.',
    ],
    [
      'a role that does not exist',
      PROJECT,
      'roles/run.nobody',
      'user:a@example.com',
      'Role roles/run.nobody is not supported for this resource.',
    ],
    [
      'a service account that does not exist',
      REPO,
      'roles/artifactregistry.reader',
      'serviceAccount:ghost@myproject-b.iam.gserviceaccount.com',
      'Service account ghost@myproject-b.iam.gserviceaccount.com does not exist.',
    ],
    [
      'a group that does not exist',
      REPO,
      'roles/artifactregistry.reader',
      'group:ghosts@example.com',
      'Group ghosts@example.com does not exist.',
    ],
    [
      'an identity of a pool that does not exist',
      REPO,
      'roles/artifactregistry.reader',
      `principal:${GHOST_POOL}/subject/ci`,
      NO_POOL,
    ],
    [
      'a set of a pool that does not exist',
      PROJECT,
      'roles/run.viewer',
      `principalSet:${GHOST_POOL}/attribute.repository/octo/app`,
      NO_POOL,
    ],
    [
      'an address that is none',
      REPO,
      'roles/artifactregistry.reader',
      'user:alice',
      'User alice does not exist.',
    ],
  ] as const)('refuses %s and stores nothing', async (_what, resource, role, member, message) => {
    await expect(access.setPolicy(resource, grant(role, member), NOW)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message,
    });
    expect((await access.policy(resource)).version).toBe(0);
  });

  it('accepts pools that exist and those of workforces, and keeps members whose pool is gone', async () => {
    const members = [
      `principal:${POOLS}/github/subject/ci`,
      `principalSet:${POOLS}/github/*`,
      'principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/devs',
    ];
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', ...members), NOW);
    const gone = openAccess({ store, accountExists: async () => false });
    const next = grant('roles/artifactregistry.reader', ...members, 'user:b@example.com');
    expect((await gone.setPolicy(REPO, next, NOW)).bindings[0]?.members).toHaveLength(4);
    const other = grant('roles/artifactregistry.writer', `principal:${POOLS}/github/subject/other`);
    await expect(gone.setPolicy(REPO, other, NOW)).rejects.toThrow('Identity Pool does not exist');
  });

  it('accepts a service account that exists, and keeps a member whose account is gone', async () => {
    const account = 'serviceAccount:runtime@myproject-b.iam.gserviceaccount.com';
    await access.setPolicy(REPO, grant('roles/artifactregistry.reader', account), NOW);
    const gone = openAccess({ store, accountExists: async () => false });
    const { etag } = (await gone.policy(REPO)).policy;
    const next = await gone.setPolicy(
      REPO,
      {
        etag,
        bindings: [{ role: 'roles/artifactregistry.reader', members: [account, 'user:b@example.com'] }],
      },
      NOW,
    );
    expect(next.bindings[0]?.members).toEqual([account, 'user:b@example.com']);
  });

  it('refuses resources that have no policy', async () => {
    const key = `${serviceAccountName('myproject-b', 'a@b.iam.gserviceaccount.com')}/keys/1` as const;
    await expect(access.setPolicy(key, READER, NOW)).rejects.toMatchObject({ status: 'UNIMPLEMENTED' });
  });
});

describe('grants that Google makes', () => {
  it('join the policy once, and several go in one write', async () => {
    const grants = [
      { role: 'roles/run.serviceAgent', member: 'serviceAccount:agent@example.iam.gserviceaccount.com' },
      { role: 'roles/editor', member: 'serviceAccount:compute@example.iam.gserviceaccount.com' },
    ];
    await store.commit([await access.grantsWrite(projectName('222222222222'), grants)]);
    const first = await access.policy(projectName('myproject-b'));
    expect(first.policy.bindings.map(({ role }) => role)).toEqual(['roles/editor', 'roles/run.serviceAgent']);
    const again = await access.grantsWrite(projectName('myproject-b'), grants);
    expect(again.op).toBe('check');
    await store.commit([again]);
    expect(await access.policy(projectName('myproject-b'))).toEqual(first);
  });
});
