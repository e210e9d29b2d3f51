/** For tests: reports of checks, from small estates and out of thin air. */
import fc from 'fast-check';
import { requestOf, sourceOf, type TestDeploy, type TestEstate } from '../cases/estate.js';
import { located } from '../located.js';
import type { CheckReport, ChecksReport, Fault, ReportedRequirement } from '../report.js';
import { requirements } from '../requirements.js';
import { checkDeployOn } from '../source/index.js';

const ESTATE: TestEstate = {
  projects: {
    'myproject-a': {
      number: '891566352225',
      apis: ['run.googleapis.com'],
      iam: { 'roles/run.developer': ['user:alice@example.com'] },
      serviceAccounts: {
        'runtime@myproject-a.iam.gserviceaccount.com': {
          'roles/iam.serviceAccountUser': ['user:alice@example.com'],
        },
      },
    },
    'myproject-b': {
      number: '2',
      repositories: {
        'asia-northeast1/myrepo': { 'roles/artifactregistry.reader': ['user:alice@example.com'] },
      },
    },
  },
};

const DEPLOY: TestDeploy = {
  name: 'web',
  project: 'myproject-a',
  as: 'alice@example.com',
  images: ['asia-northeast1-docker.pkg.dev/myproject-b/myrepo/app:v1'],
  serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
};

/** The check of a deploy whose image only the deployer may read. */
export async function crossProject(over: Partial<TestDeploy> = {}, estate = ESTATE): Promise<CheckReport> {
  const request = requestOf({ ...DEPLOY, ...over });
  const checked = await checkDeployOn(request, sourceOf(estate), {
    time: new Date('2025-01-15T00:00:00Z'),
    explain: true,
  });
  return located(checked.report, {
    request,
    origin: {
      label: 'service.yaml',
      places: {
        resource: { file: 'deploy/service.yaml', line: 1 },
        'images[0]': { file: 'deploy/service.yaml', line: 12, column: 16 },
      },
    },
  });
}

/** Everything granted. */
export const granted = (): Promise<CheckReport> =>
  crossProject(
    { images: ['us-docker.pkg.dev/myproject-b/open/app'] },
    {
      projects: {
        ...ESTATE.projects,
        'myproject-b': {
          number: '2',
          repositories: { 'us/open': { 'roles/artifactregistry.reader': ['allUsers'] } },
        },
      },
    },
  );

export const fault: Fault = {
  id: 'no-edge',
  severity: 'error',
  address: 'google_cloud_run_v2_service.web',
  message: 'the binding may be made after the service',
  mend: 'add depends_on = [google_artifact_registry_repository_iam_member.reader]',
  place: { file: 'main.tf', line: 7 },
};

export const checksOf = (checks: readonly CheckReport[], faults: readonly Fault[] = []): ChecksReport => ({
  schema: 'sekisho.checks/1',
  verdict: checks.some(({ verdict }) => verdict === 'denied') || faults.length > 0 ? 'denied' : 'granted',
  source: 'the estate',
  checks,
  faults,
});

/** Names as nobody should give them, but somebody may. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'a|b',
    '<script>alert(1)</script>',
    ']]>',
    '`x``',
    '::error::x',
    '$(id)',
    '"\'&',
    '漢字\u0000',
    '%0A',
  ),
);

const place = fc.record(
  { file: name, line: fc.integer({ min: 1, max: 1e6 }), column: fc.integer({ min: 1, max: 500 }) },
  { requiredKeys: ['file', 'line'] },
);

const requirement: fc.Arbitrary<ReportedRequirement> = fc
  .record(
    {
      id: fc.constantFrom(...requirements.map(({ id }) => id), 'of-another-version'),
      moment: fc.constantFrom('admission', 'pull', 'start', 'after'),
      effect: fc.constantFrom('refuses', 'fails', 'warns'),
      actor: fc.constantFrom('deployer', 'service-agent', 'runtime-account'),
      verdict: fc.constantFrom('granted', 'denied', 'unknown'),
      principal: name.map((text) => `user:${text}`),
      image: name,
      message: name,
      why: name,
      permission: name,
      place,
    } as const,
    { requiredKeys: ['id', 'moment', 'effect', 'verdict', 'why'] },
  )
  .map(({ why, permission, ...rest }) => ({
    ...rest,
    ...(permission === undefined
      ? {}
      : { permission, resource: `//run.googleapis.com/projects/${why}/locations/x` as const }),
    reasons: [why],
    evidence: [{ kind: 'unknown', why }],
  }));

/** Reports of odd names. */
export const anyChecks: fc.Arbitrary<ChecksReport> = fc
  .array(
    fc.record({ requirements: fc.array(requirement, { maxLength: 4 }), name, label: name }).map(
      ({ requirements: list, name: called, label }): CheckReport => ({
        schema: 'sekisho.check/1',
        verdict: 'denied',
        target: { kind: 'service', name: called, project: called, location: 'us-central1' },
        label,
        requirements: list,
        fixes: [],
      }),
    ),
    { maxLength: 3 },
  )
  .map((checks) => checksOf(checks, [fault]));
