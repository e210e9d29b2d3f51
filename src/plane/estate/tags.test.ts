import { describe, expect, it } from 'vitest';
import { exportEstate } from './export.js';
import { NOW, testEstate } from './testing-estates.js';

const BOB = { kind: 'user', email: 'bob@example.com' } as const;
const PROJECT = '//cloudresourcemanager.googleapis.com/projects/project-a';
const env = {
  id: 'env',
  number: '281000000000001',
  description: 'Where it runs',
  values: [
    { id: 'prod', number: '281000000000002' },
    { id: 'test', number: '281000000000003', description: 'Not for customers' },
  ],
  iam: [{ role: 'roles/resourcemanager.tagAdmin', members: ['user:alice@example.com'] }],
};
const prod = { '10/env': 'prod' };
const inTest = { '10/env': 'test' };
const project = {
  id: 'project-a',
  number: '100000000001',
  parent: 'folders/20',
  iam: [
    {
      role: 'roles/run.viewer',
      members: ['user:bob@example.com'],
      condition: { title: 'tests', expression: "resource.matchTag('10/env', 'test')" },
    },
  ],
  tags: { 'project-a/team': 'web' },
  tagKeys: [{ id: 'team', number: '281000000000004', values: [{ id: 'web', number: '281000000000005' }] }],
  serviceAccounts: [{ id: 'runtime', tags: prod }],
  repositories: [{ id: 'docker', location: 'us', format: 'DOCKER' as const, tags: prod }],
  secrets: [{ id: 'api-key', tags: inTest }],
  runServices: [{ id: 'web', location: 'us-central1', tags: inTest }],
};
const estate = {
  organization: { id: '10', tagKeys: [env] },
  folders: [{ id: '20', parent: 'organizations/10', tags: prod }],
  projects: [project],
};
/** The same without a word about tags. */
const bare = {
  organization: { id: '10' },
  folders: [{ id: '20', parent: 'organizations/10' }],
  projects: [{ id: 'project-a', number: '100000000001', parent: 'folders/20' }],
};

const tagRows = async ({ store }: ReturnType<typeof testEstate>) =>
  (await store.list('tag-')).map(({ key }) => key);

describe('tags in an estate', () => {
  it('are made and attached, decide, and are exported as they were written', async () => {
    const plane = testEstate();
    const { changes } = await plane.apply(estate);
    expect(changes.filter(({ kind }) => kind.startsWith('tag')).map(({ name }) => name)).toEqual([
      '10/env',
      'project-a/team',
      '10/env/prod',
      '10/env/test',
      'project-a/team/web',
      '10/env/test on projects/project-a/locations/us-central1/services/web',
    ]);
    const sees = (path: string) =>
      plane.access.isGranted(BOB, 'run.services.get', `//run.googleapis.com/projects/project-a/${path}`, NOW);
    expect(await sees('locations/us-central1/services/web')).toBe(true);
    expect(await sees('locations/us-central1/services/other')).toBe(false);
    const exported = await plane.exported();
    expect(exported.organization?.tagKeys).toEqual([env]);
    expect(exported.folders?.[0]?.tags).toEqual(prod);
    expect(exported.projects?.[0]).toMatchObject({ ...project, iam: expect.anything() });
    expect((await plane.apply(exported, { exact: true })).changes).toEqual([]);
    expect((await plane.apply(estate)).changes).toEqual([]);
  });

  it('are changed by what a file says, and left alone by one that says nothing', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    expect((await plane.apply(bare)).changes).toEqual([]);
    const key = { id: 'env', description: 'Stage', values: [{ id: 'next' }] };
    const changed = {
      organization: { id: '10', tagKeys: [key] },
      projects: [{ id: 'project-a', tags: { '10/env': 'next' }, secrets: [{ id: 'api-key', tags: prod }] }],
    };
    expect((await plane.apply(changed)).changes).toEqual([
      { action: 'updated', kind: 'tagKey', name: '10/env', details: ['description'] },
      { action: 'created', kind: 'tagValue', name: '10/env/next', details: [] },
      { action: 'created', kind: 'tag', name: '10/env/next on projects/project-a', details: [] },
      {
        action: 'created',
        kind: 'tag',
        name: '10/env/prod on projects/project-a/secrets/api-key',
        details: [],
      },
      {
        action: 'removed',
        kind: 'tag',
        name: '10/env/test on projects/project-a/secrets/api-key',
        details: [],
      },
    ]);
    const tags = await plane.access.tags.effective(PROJECT);
    expect(tags.map(({ tag }) => `${tag.key}=${tag.value}`).sort()).toEqual([
      '10/env=next',
      'project-a/team=web',
    ]);
  });

  it('go with an exact estate that does not name them', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    const { changes } = await plane.apply(
      { ...bare, organization: { id: '10', tagKeys: [{ ...env, values: [{ id: 'prod' }] }] } },
      { exact: true },
    );
    expect(changes).toContainEqual({ action: 'removed', kind: 'tagValue', name: '10/env/test', details: [] });
    expect(changes).toContainEqual({
      action: 'removed',
      kind: 'tagKey',
      name: 'project-a/team',
      details: [],
    });
    expect(await tagRows(plane)).toEqual([
      'tag-keys/281000000000001',
      'tag-names/organizations/10/env',
      'tag-names/tagKeys/281000000000001/prod',
      'tag-values/281000000000002',
    ]);
    await plane.apply(bare, { exact: true });
    expect(await tagRows(plane)).toEqual([]);
    const policies = (await plane.store.list('policies/')).map(({ key }) => key);
    expect(policies.filter((key) => key.includes('/tag'))).toEqual([]);
  });

  it('get new numbers from an exact estate alone', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    const other = { ...estate, organization: { id: '10', tagKeys: [{ ...env, number: '7', values: [] }] } };
    const message =
      'organization.tagKeys[0].number: The tag env has the number 281000000000001, which cannot change.';
    await expect(plane.apply(other)).rejects.toThrow(message);
    const alone = { ...bare, organization: other.organization };
    await plane.apply(alone, { exact: true });
    expect((await plane.exported()).organization?.tagKeys).toEqual([
      { id: 'env', number: '7', description: env.description, iam: env.iam },
    ]);
  });

  it('are exported without holds and without those of service agents, which is said', async () => {
    const plane = testEstate();
    await plane.apply(estate);
    const hold = { value: '281000000000002', holder: '//example.com/x', origin: '', helpLink: '' };
    await plane.access.tags.hold(hold, NOW, () => []);
    const agent = 'service-100000000001@serverless-robot-prod.iam.gserviceaccount.com';
    await plane.apply({ projects: [{ id: 'project-a', serviceAgents: ['run.googleapis.com'] }] });
    const name = `//iam.googleapis.com/projects/project-a/serviceAccounts/${agent}` as const;
    await plane.access.tags.bind(name, hold.value, () => []);
    expect((await exportEstate(plane)).notes).toEqual([
      '10/env/prod: the holds of the tag are left out.',
      `${agent}: its tags are left out.`,
    ]);
  });

  const on = (tags: Record<string, string>) => ({ ...bare, folders: [{ ...bare.folders[0], tags }] });
  it.each([
    ['a value that is not there', on({ '10/env': 'prod' }), 'There is no tag 10/env with the value prod.'],
    ['what is no name of a key', on({ env: 'prod' }), 'is not of the form PARENT/TAG_KEY/TAG_VALUE'],
    [
      'a key of a project that the resource is not in',
      { ...estate, folders: [{ id: '20', parent: 'organizations/10', tags: { 'project-a/team': 'web' } }] },
      'folders[0].tags["project-a/team"]: The TagKey project-a/team is defined in projects/project-a',
    ],
    [
      'a short name that is none',
      { ...bare, organization: { id: '10', tagKeys: [{ id: 'a b' }] } },
      'organization.tagKeys[0]: short_name: short_name must be',
    ],
    [
      'a number that is none',
      { ...bare, organization: { id: '10', tagKeys: [{ id: 'env', number: 'x' }] } },
      'organization.tagKeys[0].number: "x" is no number of a tag.',
    ],
    [
      'tags of worker pools',
      {
        projects: [
          { id: 'project-a', runWorkerPools: [{ id: 'w', location: 'us-central1', iam: [], tags: prod }] },
        ],
      },
      'runWorkerPools[0].tags: The key "tags" is not known here.',
    ],
  ])('are refused with %s, and where it is', async (_, wrong, message) => {
    await expect(testEstate().apply(JSON.stringify(wrong))).rejects.toThrow(message);
  });
});
