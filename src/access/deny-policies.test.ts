import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProposedDenyPolicy } from '../iam/index.js';
import { ANONYMOUS, folderName, type Principal, projectName, repositoryName } from '../names/index.js';
import { openSqlite, type Store, VersionConflict } from '../store/index.js';
import { openAccess } from './control.js';
import type { AccessControl, Project } from './types.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const PROJECT = projectName('myproject-b');
const REPO = repositoryName('myproject-b', 'asia-northeast1', 'myrepo');
const DOWNLOAD = 'artifactregistry.repositories.downloadArtifacts';
const READER = 'roles/artifactregistry.reader';
const none = () => [];

const project: Project = {
  projectId: 'myproject-b',
  number: '222222222222',
  name: 'b',
  state: 'ACTIVE',
  createTime: NOW.toISOString(),
  labels: {},
  services: {},
  parent: 'folders/4711',
};

const noPulls = (deniedPrincipals: readonly string[], exceptionPrincipals: readonly string[] = []) =>
  ({
    displayName: '',
    annotations: {},
    rules: [
      {
        deniedPrincipals,
        exceptionPrincipals,
        deniedPermissions: ['artifactregistry.googleapis.com/repositories.*'],
        exceptionPermissions: ['artifactregistry.googleapis.com/repositories.get'],
      },
    ],
  }) satisfies ProposedDenyPolicy;
const EVERYBODY = noPulls(['principalSet://goog/public:all']);

let store: Store;
let access: AccessControl;

beforeEach(async () => {
  store = openSqlite(':memory:');
  access = openAccess({ store, accountExists: async () => false });
  await store.commit([
    ...access.projects.creation(project),
    { op: 'put', key: 'folders/4711', value: {} },
    { op: 'put', key: 'groups/team@example.com', value: ['user:alice@example.com'] },
    await access.grantsWrite(
      REPO,
      ['user:alice@example.com', 'allUsers'].map((member) => ({ role: READER, member })),
    ),
  ]);
});
afterEach(() => store.close());

const create = (proposed: ProposedDenyPolicy, at = PROJECT, id = 'no-pulls') =>
  access.denyPolicies.create(at, id, proposed, NOW, none);
const pulls = (principal: Principal = ALICE) => access.isGranted(principal, DOWNLOAD, REPO, NOW);

describe('a deny policy', () => {
  it.each([
    ['the project', PROJECT],
    ['the project by its number', projectName('222222222222')],
    ['a folder above it', folderName('4711')],
  ])('attached to %s takes away what the repository itself grants', async (_, attachment) => {
    expect([await pulls(), await pulls(ANONYMOUS)]).toEqual([true, true]);
    await create(EVERYBODY, attachment);
    expect([await pulls(), await pulls(ANONYMOUS)]).toEqual([false, false]);
    expect(await access.isGranted(ALICE, 'artifactregistry.repositories.get', REPO, NOW)).toBe(true);
    await access.denyPolicies.remove(attachment, 'no-pulls', undefined, none);
    expect(await pulls()).toBe(true);
  });

  it('says in the decision which rule it was, and what the roles would have granted', async () => {
    await create(noPulls(['principalSet://goog/group/team@example.com']));
    const { verdict, reasons } = await access.decide(ALICE, DOWNLOAD, REPO, NOW);
    expect(verdict).toBe('denied');
    expect(reasons[0]).toEqual({
      kind: 'deny-rule',
      level: PROJECT,
      policy: 'no-pulls',
      rule: 1,
      principal: 'principalSet://goog/group/team@example.com',
      denies: true,
      exempt: 'principal://goog/subject/alice@example.com',
    });
    expect(reasons).toContainEqual(expect.objectContaining({ kind: 'binding', grants: true }));
  });

  it('leaves its exceptions alone, in whichever group they are', async () => {
    await create(noPulls(['principalSet://goog/public:all'], ['principalSet://goog/group/team@example.com']));
    expect([await pulls(), await pulls(ANONYMOUS)]).toEqual([true, false]);
    await store.commit([{ op: 'put', key: 'groups/team@example.com', value: [] }]);
    expect(await pulls()).toBe(false);
  });

  it('names no pool that is not there, but in what it said before', async () => {
    const ci =
      'principal://iam.googleapis.com/projects/222222222222/locations/global/workloadIdentityPools/ci/subject/x';
    const refusal = {
      status: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^Identity Pool does not exist/),
    };
    await expect(create(noPulls([ci]))).rejects.toMatchObject(refusal);
    await expect(create(noPulls(['principalSet://goog/public:all'], [ci]))).rejects.toMatchObject(refusal);
    const known = openAccess({ store, accountExists: async () => false, poolExists: async () => true });
    await known.denyPolicies.create(PROJECT, 'no-pulls', noPulls([ci]), NOW, none);
    const also = noPulls([ci, 'principalSet://goog/group/team@example.com']);
    const { rules } = await access.denyPolicies.update(PROJECT, 'no-pulls', also, undefined, NOW, none);
    expect(rules[0]?.deniedPrincipals).toHaveLength(2);
  });

  it('is left out of what testIamPermissions answers', async () => {
    await create(EVERYBODY);
    const asked = [DOWNLOAD, 'artifactregistry.repositories.get'];
    expect(await access.held(ALICE, asked, REPO, NOW)).toEqual(['artifactregistry.repositories.get']);
  });
});

describe('a transaction that depends on a decision', () => {
  it.each([PROJECT, folderName('4711')])(
    'fails when a deny policy comes or goes at %s',
    async (attachment) => {
      const write = { op: 'put', key: 'x', value: 1 } as const;
      const before = await access.preconditions([REPO]);
      await create(EVERYBODY, attachment);
      await expect(store.commit([write, ...before])).rejects.toThrow(VersionConflict);
      const after = await access.preconditions([REPO]);
      await access.denyPolicies.remove(attachment, 'no-pulls', undefined, none);
      await expect(store.commit([write, ...after])).rejects.toThrow(VersionConflict);
      await store.commit([write, ...(await access.preconditions([REPO]))]);
    },
  );
});

describe('changes of one attachment point', () => {
  it('at the same time are all made', async () => {
    const ids = ['aaa', 'bbb', 'ccc', 'ddd'];
    await Promise.all(ids.map((id) => create(EVERYBODY, PROJECT, id)));
    expect((await access.denyPolicies.list(PROJECT)).map(({ id }) => id)).toEqual(ids);
  });

  it('keep what they do besides in the same transaction', async () => {
    const also = () => [{ op: 'check', key: 'never', ifVersion: 7 } as const];
    await expect(access.denyPolicies.create(PROJECT, 'no-pulls', EVERYBODY, NOW, also)).rejects.toMatchObject(
      {
        status: 'ABORTED',
      },
    );
    expect(await access.denyPolicies.list(PROJECT)).toEqual([]);
    expect(await pulls()).toBe(true);
  });
});
