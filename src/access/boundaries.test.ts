import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProposedBoundaryPolicy, ProposedPolicyBinding } from '../iam/index.js';
import { type Principal, projectName } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { openAccess } from './control.js';
import type { AccessControl } from './types.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const POLICIES = 'organizations/3/locations/global/principalAccessBoundaryPolicies';
const NAME = `${POLICIES}/only-b`;
const BINDINGS = 'projects/1/locations/global/policyBindings';
const RUNTIME: Principal = { kind: 'serviceAccount', email: 'runtime@project-a.iam.gserviceaccount.com' };
const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const GITHUB = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github';
const commits = () => [];

let store: Store;
let access: AccessControl;

beforeEach(async () => {
  store = openSqlite(':memory:');
  access = openAccess({
    store,
    accountExists: async () => true,
    poolExists: async (name) => name === GITHUB,
    accountHome: async () => ({ project: 'project-a', isAgent: false }),
  });
  const project = (projectId: string, number: string, parent?: string) =>
    access.projects.creation({
      projectId,
      number,
      name: projectId,
      state: 'ACTIVE',
      createTime: NOW.toISOString(),
      labels: {},
      services: {},
      ...(parent === undefined ? {} : { parent }),
    });
  await store.commit([
    { op: 'put', key: 'organizations/3', value: { domain: 'example.com', customerId: 'C03az79cb' } },
    { op: 'put', key: 'organizations/4', value: {} },
    { op: 'put', key: 'folders/2', value: { parent: 'organizations/3' } },
    ...project('project-a', '1', 'folders/2'),
    ...project('project-b', '5', 'organizations/4'),
    ...project('project-c', '6'),
    await access.grantWrite(projectName('project-a'), 'roles/run.viewer', 'allAuthenticatedUsers'),
    await access.grantWrite(projectName('project-b'), 'roles/run.viewer', 'allAuthenticatedUsers'),
  ]);
});
afterEach(() => store.close());

const naming = (...resources: string[]): ProposedBoundaryPolicy => ({
  displayName: '',
  annotations: {},
  details: { rules: [{ resources }], enforcementVersion: '' },
});
const to = (principalSet: string, change: Partial<ProposedPolicyBinding> = {}): ProposedPolicyBinding => ({
  displayName: '',
  annotations: {},
  principalSet,
  policy: NAME,
  ...change,
});
const create = (policy = naming('//cloudresourcemanager.googleapis.com/projects/5'), name = NAME) =>
  access.boundaries.createPolicy(name, policy, NOW, commits);
const bind = (
  target: string,
  parent = 'projects/1',
  change: Partial<ProposedPolicyBinding> = {},
  id = 'binding',
) =>
  access.boundaries.createBinding(
    `${parent}/locations/global/policyBindings/${id}`,
    to(target, change),
    NOW,
    commits,
  );
const A = '//cloudresourcemanager.googleapis.com/projects/project-a';
const sees = (project: string, principal: Principal = RUNTIME) =>
  access.isGranted(principal, 'run.services.get', projectName(project), NOW);

describe('a boundary', () => {
  it('has an effect from its binding on, and none once that is gone', async () => {
    await create();
    expect(await sees('project-a')).toBe(true);
    await bind(A);
    expect(await sees('project-a')).toBe(false);
    expect(
      (await access.decide(RUNTIME, 'run.services.get', projectName('project-a'), NOW)).reasons[0],
    ).toEqual({
      kind: 'boundary',
      level: projectName('project-a'),
      bindings: [`${BINDINGS}/binding`],
      policies: [NAME],
      blocks: true,
    });
    expect(await sees('project-a', ALICE)).toBe(true);
    await access.boundaries.removeBinding(`${BINDINGS}/binding`, undefined, commits);
    expect(await sees('project-a')).toBe(true);
  });

  it('goes by the ids and numbers of projects', async () => {
    await create();
    await bind(A);
    expect(await sees('project-b')).toBe(true);
    expect(await sees('5')).toBe(true);
  });

  it('covers the users of an organization’s domain', async () => {
    await create();
    await bind('//cloudresourcemanager.googleapis.com/organizations/3', 'organizations/3');
    expect(await sees('project-a', ALICE)).toBe(false);
    expect(await sees('project-a')).toBe(false);
    expect(await sees('project-a', { kind: 'user', email: 'bob@example.org' })).toBe(true);
  });

  it('is changed by the rules that are sent, and by nobody who has read another version', async () => {
    const { etag } = await create();
    await bind(A);
    const widened = await access.boundaries.updatePolicy(
      NAME,
      () => naming('//cloudresourcemanager.googleapis.com/folders/2'),
      etag,
      NOW,
      commits,
    );
    expect(widened.etag).not.toBe(etag);
    expect(await sees('project-a')).toBe(true);
    const late = access.boundaries.updatePolicy(NAME, () => naming(A), etag, NOW, commits);
    await expect(late).rejects.toMatchObject({ status: 'ABORTED' });
    expect(await access.boundaries.getPolicy(NAME)).toEqual(widened);
  });

  it('fails what was decided before it', async () => {
    const preconditions = await access.preconditions([projectName('project-a')]);
    await create();
    await expect(store.commit([...preconditions])).rejects.toThrow(/boundary-changes/);
  });

  it('is only told of in a preview', async () => {
    const previewed = await access.boundaries.createPolicy(NAME, naming(A), NOW, 'preview');
    expect(previewed.details).toEqual({ rules: [{ resources: [A] }], enforcementVersion: '4' });
    await expect(access.boundaries.getPolicy(NAME)).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });

  it('goes with its bindings, when that is asked for', async () => {
    await create();
    await bind(A);
    const gone = (force: boolean) =>
      access.boundaries.removePolicy(NAME, { etag: undefined, force }, commits);
    await expect(gone(false)).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
    await gone(true);
    expect(await access.boundaries.listBindings()).toEqual([]);
    expect(await sees('project-a')).toBe(true);
  });

  it('survives', async () => {
    await create();
    await bind(A);
    const again = openAccess({
      store,
      accountExists: async () => true,
      accountHome: async () => ({ project: 'project-a', isAgent: false }),
    });
    expect(await again.isGranted(RUNTIME, 'run.services.get', projectName('project-a'), NOW)).toBe(false);
  });
});

describe('a binding', () => {
  it.each([
    [A, 'projects/1', '//cloudresourcemanager.googleapis.com/projects/1'],
    [GITHUB.replace('/1/', '/project-a/'), 'projects/1', GITHUB],
    ['//cloudresourcemanager.googleapis.com/folders/2', 'folders/2', undefined],
    ['//iam.googleapis.com/locations/global/workspace/C03az79cb', 'organizations/3', undefined],
    ['//iam.googleapis.com/locations/global/workforcePools/staff', 'organizations/3', undefined],
  ])('to %s belongs to %s', async (principalSet, parent, target = principalSet) => {
    await create();
    expect(await bind(principalSet, parent)).toMatchObject({
      principalSet,
      target,
      policy: NAME,
      policyUid: expect.stringMatching(/^puid_\d{19}$/),
      uid: expect.stringMatching(/^buid_\d{19}$/),
      etag: expect.stringMatching(/^W\/"[A-Za-z0-9+/]{22}=="$/),
    });
  });

  it.each([
    ['another project’s parent', A, 'projects/5', 'INVALID_ARGUMENT'],
    [
      'a folder’s set below the organization',
      '//cloudresourcemanager.googleapis.com/folders/2',
      'organizations/3',
      'INVALID_ARGUMENT',
    ],
    [
      'another customer',
      '//iam.googleapis.com/locations/global/workspace/C0other',
      'organizations/3',
      'INVALID_ARGUMENT',
    ],
    [
      'a project of another organization',
      '//cloudresourcemanager.googleapis.com/projects/5',
      'projects/5',
      'FAILED_PRECONDITION',
    ],
    [
      'a project of none',
      '//cloudresourcemanager.googleapis.com/projects/6',
      'projects/6',
      'FAILED_PRECONDITION',
    ],
    [
      'a project that is not there',
      '//cloudresourcemanager.googleapis.com/projects/7',
      'projects/7',
      'NOT_FOUND',
    ],
    ['a pool that is not there', `${GITHUB}-2`, 'projects/1', 'INVALID_ARGUMENT'],
    ['no principal set', 'principalSet://goog/public:all', 'projects/1', 'INVALID_ARGUMENT'],
  ])('is refused for %s', async (_, target, parent, status) => {
    await create();
    await expect(bind(target, parent)).rejects.toMatchObject({ status });
  });

  it('needs a policy that is there, and a condition that can be read', async () => {
    await expect(bind(A)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    await create();
    const condition = { title: '', expression: 'request.time < 3' };
    await expect(bind(A, 'projects/1', { condition })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('keeps its principal set and its policy', async () => {
    await create();
    await create(naming(A), `${POLICIES}/other`);
    await bind(A);
    const change = (proposed: ProposedPolicyBinding) =>
      access.boundaries.updateBinding(`${BINDINGS}/binding`, () => proposed, undefined, NOW, commits);
    await expect(change(to(A, { policy: `${POLICIES}/other` }))).rejects.toThrow('policy_binding.policy');
    await expect(change(to(GITHUB))).rejects.toThrow('policy_binding.target.principal_set');
    const condition = { title: 'not them', expression: `principal.subject != '${RUNTIME.email}'` };
    const number = '//cloudresourcemanager.googleapis.com/projects/1';
    expect(await change(to(number, { condition }))).toMatchObject({ condition, principalSet: A });
    expect(await sees('project-a')).toBe(true);
    expect(await change(to(A))).not.toHaveProperty('condition');
    expect(await sees('project-a')).toBe(false);
  });

  it('is one of ten to its principal set', async () => {
    await create();
    for (let index = 0; index < 10; index++) await bind(A, 'projects/1', {}, `binding-${index}`);
    await expect(bind(A, 'projects/1', {}, 'one-more')).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
    });
    await bind(GITHUB, 'projects/1', {}, 'one-more');
  });
});

describe('a policy', () => {
  it('needs an organization, and a name of its own there', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({ status: 'ALREADY_EXISTS' });
    const elsewhere = NAME.replace('/3/', '/9/');
    await expect(create(naming(A), elsewhere)).rejects.toMatchObject({ status: 'NOT_FOUND' });
    expect((await access.boundaries.listPolicies('4')).length).toBe(0);
  });

  it.each<[string, ProposedBoundaryPolicy]>([
    ['rules', { displayName: '', annotations: {}, details: { rules: [], enforcementVersion: '' } }],
    ['resources: at least one', naming()],
    ['"projects/1"', naming('projects/1')],
    ['//run.googleapis.com', naming('//run.googleapis.com/projects/p/locations/l/services/s')],
    ['at most 500 resources', naming(...Array.from({ length: 501 }, (_, index) => `${A}-${index}`))],
    ['display_name', { displayName: 'x'.repeat(64), annotations: {} }],
    ['annotations', { displayName: '', annotations: { '-': 'x' } }],
    [
      '"5" is none',
      { displayName: '', annotations: {}, details: { rules: [{ resources: [A] }], enforcementVersion: '5' } },
    ],
  ])('is refused for %s', async (message, policy) => {
    const refusal = { status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) };
    await expect(create(policy)).rejects.toMatchObject(refusal);
    expect(await access.boundaries.listPolicies('3')).toEqual([]);
  });

  it('without details makes nothing eligible', async () => {
    await create({ displayName: '', annotations: {} });
    await bind(A);
    expect(await sees('project-b')).toBe(false);
  });

  it('is one of a thousand of its organization', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => `${POLICIES}/p-${index}`);
    await store.commit(rows.map((name) => ({ op: 'put', key: `boundaries/${name}`, value: { name } })));
    await expect(create()).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
  });
});
