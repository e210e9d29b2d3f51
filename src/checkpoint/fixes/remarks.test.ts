import { describe, expect, it } from 'vitest';
import { projectName } from '../../names/index.js';
import { factsOf, planOf, type TestDeploy, type TestEstate, type TestProject } from '../cases/estate.js';
import { type Facts, judge } from '../index.js';
import { remarksOn, stepsFor } from './index.js';

const RUNTIME = 'runtime@myproject-a.iam.gserviceaccount.com';
const ALICE = 'user:alice@example.com';
const IMAGE = 'us-docker.pkg.dev/myproject-a/myrepo/app';
const deploy: TestDeploy = {
  project: 'myproject-a',
  as: 'alice@example.com',
  serviceAccount: RUNTIME,
  images: [IMAGE],
};

function estateOf(project: Partial<TestProject>, more: Partial<TestEstate> = {}): TestEstate {
  const own = { number: '111', apis: ['run.googleapis.com'], serviceAccounts: { [RUNTIME]: {} }, ...project };
  return { projects: { 'myproject-a': own }, ...more };
}

function left(estate: TestEstate, over: Partial<Facts> = {}) {
  const plan = planOf(deploy, estate);
  const judgement = judge(plan, { ...factsOf(estate), ...over }, { imageReadCheck: 'enforce' });
  const { steps, unmet } = stepsFor(judgement, plan);
  return { steps, remarks: remarksOn(judgement, steps, unmet) };
}

const OWNER = { 'roles/owner': [ALICE] };

describe('what no grant mends', () => {
  it('is nothing where grants mend it all', () => {
    expect(left(estateOf({})).remarks).toEqual([]);
  });

  it('is a deny rule, with the exception that it needs', () => {
    const rule = {
      deniedPrincipals: ['principalSet://goog/public:all'],
      exceptionPrincipals: [],
      deniedPermissions: ['run.googleapis.com/services.create'],
      exceptionPermissions: [],
    };
    const { steps, remarks } = left(
      estateOf({ iam: OWNER, denyPolicies: [{ id: 'no-deploys', rules: [rule] }] }),
    );
    expect(steps).toEqual([]);
    expect(remarks).toMatchObject([
      {
        kind: 'denied',
        requirement: 'deployer-deploys',
        evidence: [
          { kind: 'deny-rule', policy: 'no-deploys', exempt: 'principal://goog/subject/alice@example.com' },
        ],
      },
    ]);
  });

  it('is a condition that is not met, with the grant that would pass it by', () => {
    const condition = { title: 'last year', expression: 'request.time < timestamp("2024-01-01T00:00:00Z")' };
    const on = projectName('myproject-a');
    const owned = { role: 'roles/owner', members: [ALICE], on };
    const both = estateOf({}, { bindings: [{ ...owned, condition }] });
    const { steps, remarks } = left(both);
    expect(steps).toEqual([]);
    expect(remarks.map(({ kind, requirement }) => `${kind} ${requirement}`)).toEqual([
      'condition deployer-reads-resource',
      'condition deployer-deploys',
      'condition deployer-acts-as',
      'condition deployer-reads-image',
      'condition deployer-follows-operation',
    ]);
    expect(remarks[1]?.gcloud).toBe(
      'gcloud projects add-iam-policy-binding myproject-a --member=user:alice@example.com --role=roles/run.developer --condition=None',
    );
  });

  it('is an image that is not there', () => {
    const { remarks } = left(estateOf({ iam: OWNER }, { images: { [IMAGE]: 'missing' } }));
    expect(remarks).toMatchObject([{ kind: 'missing', requirement: 'image-exists' }]);
  });

  it('is what is not known, and nothing is granted for it', () => {
    const why = 'resourcemanager.projects.getIamPolicy is missing';
    const decide = () => ({
      verdict: 'unknown' as const,
      reasons: [{ kind: 'unreadable-policy' as const, level: projectName('myproject-a'), why }],
    });
    const { steps, remarks } = left(estateOf({}), { decide });
    expect(steps).toEqual([]);
    expect(remarks.length).toBeGreaterThan(3);
    for (const { kind, evidence } of remarks) {
      expect(kind).toBe('unknown');
      expect(evidence).toMatchObject([{ why }]);
    }
  });

  it('mentions the group by which the deployer has the rest', () => {
    const group = 'group:platform@example.com';
    const estate = estateOf(
      { iam: { 'roles/run.developer': [group] } },
      { groups: { 'platform@example.com': [ALICE] } },
    );
    expect(left(estate).remarks).toMatchObject([{ kind: 'group', group, requirement: 'deployer-acts-as' }]);
  });
});
