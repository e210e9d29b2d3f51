import { describe, expect, it } from 'vitest';
import type { DenyRule } from '../iam/index.js';
import { factsOf, planOf, type TestDeploy, type TestEstate } from './cases/estate.js';
import { fixes, judge, refusalAtTheGate, report } from './index.js';
import { table } from './table.js';

const ALICE = 'principal://goog/subject/alice@example.com';
const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const REPOSITORY = 'asia-northeast1/docker-repo';

const deploy: TestDeploy = {
  project: 'myproject-a',
  as: 'alice@example.com',
  serviceAccount: RUNTIME,
  images: ['asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/app'],
};

/** Alice may deploy, but for a deny rule and for what is left out. */
function estateOf(rule: Partial<DenyRule>, reader = ['user:alice@example.com']): TestEstate {
  const rules = [
    {
      deniedPrincipals: ['principalSet://goog/public:all'],
      exceptionPrincipals: [],
      deniedPermissions: ['run.googleapis.com/services.create'],
      exceptionPermissions: [],
      ...rule,
    },
  ];
  return {
    projects: {
      'myproject-a': {
        number: '891566352225',
        apis: ['run.googleapis.com'],
        iam: { 'roles/run.developer': ['user:alice@example.com'] },
        serviceAccounts: { [RUNTIME]: { 'roles/iam.serviceAccountUser': ['user:alice@example.com'] } },
        repositories: { [REPOSITORY]: { 'roles/artifactregistry.reader': reader } },
        denyPolicies: [{ id: 'freeze', rules }],
      },
    },
  };
}

function check(estate: TestEstate) {
  const plan = planOf(deploy, estate);
  const judgement = judge(plan, factsOf(estate), { imageReadCheck: 'enforce' });
  return { plan, judgement, fixes: fixes(judgement, plan) };
}

const drawn = (estate: TestEstate, lang: 'en' | 'ja') => {
  const { plan, judgement, fixes: proposed } = check(estate);
  return table(report(plan, judgement, proposed), { lang, colour: false, width: 400 });
};

describe('a deny policy', () => {
  it('refuses a deploy that every role allows, in the words of a missing permission, and no grant mends it', () => {
    const denied = check(estateOf({}));
    const granted = check(estateOf({ exceptionPrincipals: [ALICE] }));
    expect(granted.judgement.verdict).toBe('granted');
    const refusal = refusalAtTheGate(denied.judgement);
    expect(refusal).toMatchObject({ id: 'deployer-deploys', verdict: 'denied' });
    const withoutRole = check({
      projects: {
        'myproject-a': {
          ...estateOf({}).projects['myproject-a'],
          number: '891566352225',
          iam: {},
          denyPolicies: [],
        },
      },
    });
    const missing = withoutRole.judgement.requirements.find(({ id }) => id === 'deployer-deploys');
    expect(refusal?.message).toBe(missing?.message);
    expect(denied.fixes).toEqual([]);
  });

  it('leaves the grants to be proposed that do help', () => {
    const { fixes: proposed } = check(estateOf({}, []));
    expect(proposed.map((fix) => (fix.kind === 'grant' ? fix.role : fix.kind))).toEqual([
      'roles/artifactregistry.reader',
    ]);
  });

  it('is named with its rule, and with what would mend it', () => {
    expect(drawn(estateOf({}), 'en')).toContain(
      `rule 1 of deny policy freeze on project myproject-a denies it to principalSet://goog/public:all. No role helps: the rule needs ${ALICE} among its exception principals, or the policy has to change`,
    );
    expect(drawn(estateOf({}), 'en')).not.toContain('To mend it, run:');
    expect(drawn(estateOf({}), 'ja')).toContain(
      `プロジェクト myproject-a の拒否ポリシー freeze のルール 1 により principalSet://goog/public:all は拒否されます。ロールを付与しても解決しません。ルールの例外プリンシパルに ${ALICE} を追加するか、ポリシーを変更してください`,
    );
  });

  it('that may or may not concern somebody leaves it unknown', () => {
    const customer = estateOf({ deniedPrincipals: ['principalSet://goog/cloudIdentityCustomerId/C01Abc35'] });
    expect(check(customer).judgement.verdict).toBe('unknown');
    expect(check(customer).fixes).toEqual([]);
    expect(refusalAtTheGate(check(customer).judgement)).toMatchObject({ id: 'deployer-deploys' });
    expect(drawn(customer, 'en')).toContain(
      'rule 1 of deny policy freeze on project myproject-a may deny it',
    );
    expect(drawn(customer, 'ja')).toContain('該当するか分かりません');
  });

  it('reaches the service agent at the pull as well', () => {
    const estate = estateOf({
      deniedPermissions: ['artifactregistry.googleapis.com/repositories.downloadArtifacts'],
      exceptionPrincipals: [ALICE],
    });
    const { judgement, fixes: proposed } = check(estate);
    expect(judgement.failure).toMatchObject({ id: 'agent-pulls-image', verdict: 'denied' });
    expect(proposed).toEqual([]);
  });
});
