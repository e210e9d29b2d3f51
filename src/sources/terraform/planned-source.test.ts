import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../checkpoint/cases/estate.js';
import { checkDeployOn } from '../../checkpoint/index.js';
import { serviceAgentOf } from '../../names/index.js';
import { plannedSource } from './planned-source.js';
import {
  ALICE,
  applied,
  ESTATE,
  planNamed,
  planOfChanges,
  REPOSITORY,
  reportOn,
  type TestChange,
  TIME,
  verdictsOn,
} from './testing-plans.js';

const PROJECT_A = '//cloudresourcemanager.googleapis.com/projects/myproject-a';
const _AGENT = 'serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com';

describe('what is known only after apply', () => {
  it('is unknown for an image and an account that nothing explains, and judged around', async () => {
    const { requirements } = await reportOn(planNamed('unknown-image'));
    const open = requirements.filter(({ id }) => id === 'not-judged').flatMap(({ reasons }) => reasons);
    expect(open.join()).toContain('template[0].containers[0].image');
    const verdicts = Object.fromEntries(requirements.map(({ id, verdict }) => [id, verdict]));
    expect(verdicts).toMatchObject({
      'deployer-deploys': 'granted',
      'deployer-acts-as': 'unknown',
      'agent-mints-token': 'unknown',
    });
  });

  it('leaves a grant to nobody knows whom undecided', async () => {
    const grant = (role: string): TestChange => ({
      type: 'google_artifact_registry_repository_iam_member',
      after: { project: 'myproject-b', location: 'asia-northeast1', repository: 'myrepo', role },
      unknown: { member: true },
    });
    const verdictWith = async (role: string) => {
      const service = planNamed('worker-pool').document.changes;
      const plan = planOfChanges([
        grant(role),
        ...service.map(({ type, after: values }) => ({ type, after: values })),
      ]);
      return (await verdictsOn(plan))['agent-pulls-image'];
    };
    expect(await verdictWith('roles/artifactregistry.reader')).toBe('unknown');
    expect(await verdictWith('roles/run.viewer')).toBe('denied');
  });

  it("grants a planned project's agent what the plan certainly grants it", async () => {
    expect(await verdictsOn(planNamed('ephemeral-project-granted'))).toMatchObject({
      'api-enabled': 'granted',
      'deployer-deploys': 'granted',
      'agent-exists': 'granted',
      'agent-mints-token': 'granted',
      'agent-pulls-image': 'granted',
    });
  });

  it.each([
    ['ephemeral-project', undefined, 'unknown'],
    ['ephemeral-project-unclear', undefined, 'unknown'],
    // The file says what stands around the number.
    ['ephemeral-project-unclear', 'ephemeral-project', 'granted'],
  ])('says of %s by the files in %s: %s', async (name, directory, verdict) => {
    expect((await verdictsOn(planNamed(name, directory)))['agent-pulls-image']).toBe(verdict);
  });

  it('is what its plan grants even when the rest of the policy cannot be read', async () => {
    const unreadable = { policy: async () => ({ unknown: true, why: 'no' }) as const };
    const verdicts = await verdictsOn(planNamed('ephemeral-project-granted'), unreadable);
    expect(verdicts['agent-pulls-image']).toBe('granted');
    expect((await verdictsOn(planNamed('ephemeral-project'), unreadable))['agent-pulls-image']).toBe(
      'unknown',
    );
  });
});

describe('other things after apply', () => {
  const has = (change: TestChange) => applied(planOfChanges([change]));

  it('are service accounts with the addresses that follow from their ids', async () => {
    const account = { type: 'google_service_account', after: { account_id: 'r', project: 'myproject-a' } };
    expect(await has(account).account('r@myproject-a.iam.gserviceaccount.com')).toEqual({
      project: 'myproject-a',
      isAgent: false,
      disabled: false,
    });
  });

  it('are the agents and the default account of an API that is enabled', async () => {
    const source = has({
      type: 'google_project_service',
      after: { project: 'myproject-c', service: 'run.googleapis.com' },
    });
    expect(await source.apiEnabled('myproject-c', 'run.googleapis.com')).toBe(true);
    const agent = 'service-333@serverless-robot-prod.iam.gserviceaccount.com';
    expect(serviceAgentOf(agent)).toBeDefined();
    expect(await source.account(agent)).toMatchObject({ project: 'myproject-c', isAgent: true });
    expect(await source.account('333-compute@developer.gserviceaccount.com')).toMatchObject({
      isAgent: false,
    });
    expect(await source.policy('//cloudresourcemanager.googleapis.com/projects/myproject-c')).toMatchObject({
      bindings: [{ role: 'roles/run.serviceAgent', members: [`serviceAccount:${agent}`] }],
    });
  });

  it('are virtual repositories with what stands behind them', async () => {
    const upstream = (id: string, priority: number) => ({
      repository: `projects/myproject-b/locations/us/repositories/${id}`,
      priority,
    });
    const source = has({
      type: 'google_artifact_registry_repository',
      after: {
        project: 'myproject-b',
        location: 'us',
        repository_id: 'all',
        mode: 'VIRTUAL_REPOSITORY',
        virtual_repository_config: [{ upstream_policies: [upstream('low', 1), upstream('high', 9)] }],
      },
    });
    const name = (id: string) =>
      `//artifactregistry.googleapis.com/projects/myproject-b/locations/us/repositories/${id}` as const;
    expect(await source.repository(name('all'))).toEqual({
      mode: 'virtual',
      upstreams: [name('high'), name('low')],
    });
  });

  it('are custom roles, deny policies and members of groups', async () => {
    const role = has({
      type: 'google_project_iam_custom_role',
      after: {
        project: 'myproject-a',
        role_id: 'deployer',
        permissions: ['run.services.create'],
        stage: 'GA',
      },
    });
    expect(await role.role('projects/myproject-a/roles/deployer')).toMatchObject({
      permissions: new Set(['run.services.create']),
    });
    const deny = has({
      type: 'google_iam_deny_policy',
      after: {
        parent: 'cloudresourcemanager.googleapis.com%2Fprojects%2Fmyproject-a',
        name: 'no',
        rules: [
          {
            deny_rule: [
              {
                denied_principals: ['principalSet://goog/public:all'],
                denied_permissions: ['run.googleapis.com/services.create'],
              },
            ],
          },
        ],
      },
    });
    expect(await deny.denyPolicies(PROJECT_A)).toMatchObject([
      { id: 'no', rules: [{ exceptionPrincipals: [] }] },
    ]);
  });

  it('are gone with what is deleted', async () => {
    const before = { project: 'myproject-b', location: 'asia-northeast1', repository_id: 'myrepo' };
    const source = has({ type: 'google_artifact_registry_repository', actions: ['delete'], before });
    expect(await source.repository(REPOSITORY)).toBe('absent');
    expect(await source.policy(REPOSITORY)).toBe('absent');
  });
});

describe('what the plan does not touch', () => {
  const elsewhere: fc.Arbitrary<TestChange> = fc.record({
    type: fc.constantFrom(
      'google_project_iam_member',
      'google_project_iam_binding',
      'google_service_account',
      'google_artifact_registry_repository',
      'google_project_service',
      'google_secret_manager_secret',
      'google_iam_deny_policy',
      'google_something_else',
    ),
    name: fc.constantFrom('a', 'b'),
    actions: fc.constantFrom(['create'], ['update'], ['delete'], ['delete', 'create'], ['no-op']),
    before: fc.constant({
      project: 'myproject-c',
      role: 'roles/owner',
      member: ALICE,
      account_id: 'x',
      service: 'run.googleapis.com',
    }),
    after: fc.constant({
      project: 'myproject-c',
      role: 'roles/owner',
      member: ALICE,
      members: [ALICE],
      account_id: 'x',
      location: 'us',
      repository_id: 'x',
      secret_id: 'x',
      service: 'run.googleapis.com',
    }),
    unknown: fc.constantFrom({}, { member: true }, { role: true }, { members: true, condition: true }),
  });

  it('is judged as before', async () => {
    const [request] = [
      {
        kind: 'service',
        apiVersion: 'v2',
        name: 'web',
        project: 'myproject-a',
        region: 'asia-northeast1',
        as: ALICE,
        images: ['asia-northeast1-docker.pkg.dev/myproject-b/myrepo/web:1'],
      },
    ] as const;
    const base = sourceOf(ESTATE);
    const { report: expected } = await checkDeployOn(request, base, { time: TIME });
    await fc.assert(
      fc.asyncProperty(fc.array(elsewhere, { maxLength: 6 }), async (changes) => {
        const source = plannedSource(base, planOfChanges(changes), { as: ALICE });
        expect((await checkDeployOn(request, source, { time: TIME })).report).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
