import { describe, expect, it } from 'vitest';
import { requestOf, sourceOf, type TestEstate } from '../cases/estate.js';
import { checkDeployOn, type Source } from '../source/index.js';
import { table } from '../table.js';
import { explainText } from './index.js';

const estate: TestEstate = {
  projects: {
    'myproject-a': {
      number: '1',
      apis: ['run.googleapis.com'],
      iam: {
        'roles/run.developer': ['group:team@example.com', 'user:bob@example.com'],
        'roles/run.viewer': ['user:alice@example.com'],
        'roles/storage.admin': ['user:carol@example.com'],
      },
      serviceAccounts: {
        'runtime@myproject-a.iam.gserviceaccount.com': {
          'roles/iam.serviceAccountUser': ['user:bob@example.com', 'deleted:user:old@example.com?uid=1'],
        },
      },
    },
    'myproject-b': {
      number: '2',
      apis: [],
      repositories: { 'us/r': { 'roles/artifactregistry.reader': ['user:alice@example.com'] } },
    },
  },
  bindings: [
    {
      on: '//cloudresourcemanager.googleapis.com/projects/myproject-a',
      role: 'roles/run.admin',
      members: ['user:alice@example.com'],
      condition: { title: 'expired', expression: "request.time < timestamp('2024-01-01T00:00:00Z')" },
    },
  ],
};

const request = requestOf({
  project: 'myproject-a',
  as: 'alice@example.com',
  images: ['us-docker.pkg.dev/myproject-b/r/i'],
  serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
});

async function checkOn(over: Partial<Source> = {}, given: TestEstate = estate) {
  const options = { time: new Date('2025-01-15T00:00:00Z'), explain: true };
  return (await checkDeployOn(request, sourceOf(given, over), options)).report;
}

async function requirement(id: string, over: Partial<Source> = {}, given: TestEstate = estate) {
  const found = (await checkOn(over, given)).requirements.find((each) => each.id === id);
  if (!found) throw new Error(`nothing requires ${id}`);
  return found;
}

describe('who has it instead', () => {
  it('names others to whom the same policies grant it, of the own kind first, no agents and no deleted ones', async () => {
    expect((await requirement('deployer-acts-as')).holders).toEqual([
      {
        member: 'user:bob@example.com',
        role: 'roles/iam.serviceAccountUser',
        level:
          '//iam.googleapis.com/projects/myproject-a/serviceAccounts/runtime@myproject-a.iam.gserviceaccount.com',
        conditional: false,
      },
    ]);
    expect((await requirement('deployer-deploys')).holders?.map(({ member }) => member)).toEqual([
      'user:bob@example.com',
      'group:team@example.com',
    ]);
  });

  it('names nobody when it is granted, nor where a deny rule concerns the permission', async () => {
    expect((await requirement('deployer-reads-image')).holders).toBeUndefined();
    const denied = await requirement('deployer-deploys', {
      denyPolicies: async () => [
        {
          id: 'freeze',
          rules: [
            {
              deniedPrincipals: ['principalSet://goog/public:all'],
              exceptionPrincipals: [],
              deniedPermissions: ['run.googleapis.com/services.create'],
              exceptionPermissions: [],
            },
          ],
        },
      ],
    });
    expect(denied.verdict).toBe('denied');
    expect(denied.holders).toBeUndefined();
    expect(denied.explanation?.denyRules).toMatchObject([
      { policy: 'freeze', rule: 1, result: 'denies', exempt: false },
    ]);
    expect(denied.explanation?.grant).toBeUndefined();
  });

  it('stands in the table, in both languages', async () => {
    const report = await checkOn();
    expect(table(report, { lang: 'en', colour: false, width: 200 })).toContain(
      'who has it: user:bob@example.com (roles/iam.serviceAccountUser on service account',
    );
    expect(table(report, { lang: 'ja', colour: false, width: 200 })).toContain(
      '権限があるのは: user:bob@example.com',
    );
  });
});

describe('an explanation', () => {
  it('weighs every binding that concerns the principal or the permission, and counts the rest', async () => {
    const { explanation } = await requirement('deployer-deploys');
    expect(explanation?.levels).toMatchObject([
      {
        resource: '//cloudresourcemanager.googleapis.com/projects/myproject-a',
        result: 'does-not-grant',
        readable: true,
      },
    ]);
    const bindings = explanation?.levels[0]?.bindings ?? [];
    expect(bindings.map(({ role, covers, carries }) => [role, covers, carries])).toEqual(
      expect.arrayContaining([
        ['roles/run.developer', 'no', 'yes'],
        ['roles/run.viewer', 'yes', 'no'],
        ['roles/run.admin', 'yes', 'yes'],
      ]),
    );
    expect(bindings.find(({ role }) => role === 'roles/run.admin')?.condition).toMatchObject({
      title: 'expired',
      value: 'false',
    });
    expect(bindings.some(({ role }) => role === 'roles/storage.admin')).toBe(false);
    expect(explanation?.levels[0]?.unrelated).toBeGreaterThan(0);
    expect(explanation?.grant).toEqual({
      member: 'user:alice@example.com',
      role: 'roles/run.developer',
      resource: '//cloudresourcemanager.googleapis.com/projects/myproject-a',
    });
  });

  it('goes from above down to the resource, through a group', async () => {
    const grown: TestEstate = {
      ...estate,
      groups: { 'team@example.com': ['user:alice@example.com'] },
    };
    const { explanation, verdict } = await requirement('deployer-deploys', {}, grown);
    expect(verdict).toBe('granted');
    expect(explanation?.levels[0]?.bindings[0]).toMatchObject({
      through: ['group:team@example.com'],
      result: 'grants',
    });
    const repository = await requirement('agent-pulls-image');
    expect(repository.explanation?.levels.map(({ resource }) => resource.split('/').at(-2))).toEqual([
      'projects',
      'repositories',
    ]);
  });

  it('says what could not be read, and why', async () => {
    const found = await requirement('agent-pulls-image', {
      policy: async () => ({ unknown: true, why: 'you lack some.permission on it' }),
    });
    expect(found.explanation?.levels).toMatchObject([
      { readable: false, result: 'unknown', why: 'you lack some.permission on it' },
      { readable: false },
    ]);
  });

  it('is left out unless asked for', async () => {
    const { report } = await checkDeployOn(request, sourceOf(estate), { time: new Date(0) });
    expect(report.requirements.every(({ explanation }) => explanation === undefined)).toBe(true);
  });

  it.each(['en', 'ja'] as const)('reads as a tree that fits the terminal in %s', async (lang) => {
    const report = await checkOn();
    const denied = report.requirements.filter(({ verdict }) => verdict === 'denied');
    const text = explainText({ ...report, requirements: denied }, { lang, colour: false, width: 90 });
    expect(text).toMatchSnapshot();
  });
});
