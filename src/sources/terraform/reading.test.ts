import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../checkpoint/cases/estate.js';
import { deploysOf } from './deploys.js';
import { faultsOf } from './faults.js';
import { readTerraformPlan } from './plan.js';
import { terraformReferences } from './references.js';
import { ALICE, ESTATE, planNamed, TIME } from './testing-plans.js';
import { TerraformPlanError } from './text.js';

const read = (content: string | Uint8Array) =>
  readTerraformPlan(content, { file: 'plan.json', directory: null });
const PLAN = '{"format_version":"1.2","resource_changes":[]}';
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

describe('a file that is a plan', () => {
  it.each([
    ['text', PLAN],
    ['bytes', Buffer.from(PLAN)],
    ['with a byte order mark', Buffer.from(`\uFEFF${PLAN}`)],
    ["as Windows PowerShell's > writes it", utf16(PLAN)],
    ['of the first version', '{"format_version":"0.2","resource_changes":[]}'],
  ])('is read: %s', (_, content) => {
    expect(read(content).document.changes).toEqual([]);
  });
});

describe('a file that is no plan is refused with what it is', () => {
  it.each([
    ['', 'the file is empty'],
    ['PK\u0003\u0004…', 'terraform show -json plan.json > plan.json'],
    ['Terraform will perform the following actions:', 'as people read it, not JSON'],
    ['{"@level":"info"}\n{"@level":"info"}\n', 'a log of Terraform'],
    ['{"format_version":"1.2",\n "resource_changes":[{', 'is truncated: it ends at line 2, column 23'],
    ['{"format_version":"1.2",\n oops}', 'is no JSON at line 2, column 2'],
    ['[]', 'a plan is an object'],
    ['{"version":4,"serial":1,"resources":[]}', "is Terraform's state file"],
    ['{"format_version":"1.0","values":{}}', 'is a state, not a plan'],
    ['{"format_version":"2.0","resource_changes":[]}', 'has format_version 2.0; only 1.x can be read'],
    ['{"format_version":"1.2","errored":true,"resource_changes":[]}', 'of a run that failed'],
    ['{"format_version":"1.2","resource_changes":{}}', 'resource_changes must be a list'],
    ['{"format_version":"1.2","resource_changes":[],"deferred_changes":[{}]}', 'for a later plan'],
    ['{"format_version":"1.2","resource_changes":[1]}', 'resource_changes[0]: must be an object'],
    [
      '{"format_version":"1.2","resource_changes":[{"address":"a.b","type":"a","name":"b","change":{"actions":["burn"]}}]}',
      'a.b has the actions [burn], which are not known',
    ],
  ])('%j', (content, problem) => {
    expect(() => read(content)).toThrow(TerraformPlanError);
    expect(() => read(content)).toThrow(problem);
    expect(() => read(content)).toThrow('plan.json: ');
  });

  it('UTF-16 that was read as UTF-8', () => {
    expect(() => read(utf16(PLAN).toString('utf8'))).toThrow('Out-File -Encoding utf8');
  });
});

describe('any JSON', () => {
  const values = fc.jsonValue({ maxDepth: 3 });
  const changes = fc.array(
    fc.record({
      address: fc.string({ minLength: 1 }),
      module_address: fc.constantFrom(undefined, 'module.a', 'module.a["x"].module.b', 'module.'),
      mode: fc.constantFrom('managed', 'data'),
      type: fc.constantFrom(
        'google_cloud_run_v2_service',
        'google_cloud_run_service',
        'google_project_iam_policy',
        'google_secret_manager_secret_version',
        'google_iam_deny_policy',
        'google_project',
      ),
      name: fc.string({ minLength: 1 }),
      change: fc.record({
        actions: fc.constantFrom(['create'], ['update'], ['delete']),
        before: values,
        after: fc.oneof(
          values,
          fc.record({ template: values, policy_data: values, rules: values, containers: values }),
        ),
        after_unknown: fc.oneof(values, fc.constant(true)),
      }),
    }),
    { maxLength: 3 },
  );

  it('gives a result or a clear error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          values,
          fc.record({
            format_version: fc.constant('1.2'),
            resource_changes: fc.oneof(changes, values),
            configuration: values,
            prior_state: values,
          }),
        ),
        async (json) => {
          try {
            const plan = read(JSON.stringify(json));
            deploysOf(plan, { as: ALICE });
            terraformReferences(plan);
            await faultsOf(plan, sourceOf(ESTATE), { as: ALICE, time: TIME });
          } catch (problem) {
            expect(problem).toBeInstanceOf(TerraformPlanError);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the deploys of a plan', () => {
  it('are read from the older resource', () => {
    const [deploy] = deploysOf(planNamed('service-v1'), { as: ALICE });
    expect(deploy?.request).toEqual({
      kind: 'service',
      apiVersion: 'v1',
      name: 'web',
      project: 'myproject-a',
      region: 'asia-northeast1',
      as: ALICE,
      images: [
        'asia-northeast1-docker.pkg.dev/myproject-b/myrepo/web:1',
        'asia-northeast1-docker.pkg.dev/myproject-b/myrepo/side:1',
      ],
      serviceAccount: 'runtime@myproject-a.iam.gserviceaccount.com',
      allowUnauthenticated: true,
      secrets: [
        { name: 'password', version: '3', env: 'PASSWORD' },
        { name: 'keys', version: 'latest', mount: 'keys' },
      ],
      invokerIamDisabled: false,
      open: [
        {
          field: 'run.googleapis.com/cloudsql-instances',
          why: expect.stringContaining('Cloud SQL'),
          topic: 'cloud-sql',
        },
      ],
    });
  });

  it.each([
    ['no-edge', 'service', 'runtime@myproject-a.iam.gserviceaccount.com'],
    ['job', 'job', 'runtime@myproject-a.iam.gserviceaccount.com'],
    ['worker-pool', 'workerPool', undefined],
  ])('of %s: a %s', (name, kind, serviceAccount) => {
    const [deploy] = deploysOf(planNamed(name), { as: ALICE });
    expect(deploy?.request).toMatchObject({
      kind,
      apiVersion: 'v2',
      images: [expect.stringContaining('/web:1')],
    });
    expect(deploy?.request.serviceAccount).toBe(serviceAccount);
  });

  it('leave networks open', () => {
    const [deploy] = deploysOf(planNamed('worker-pool'), { as: ALICE });
    expect(deploy?.request.open).toEqual([
      { field: 'template[0].vpc_access', why: expect.stringContaining('network'), topic: 'network' },
    ]);
  });

  it('are placed in the files', () => {
    const [deploy] = deploysOf(planNamed('ephemeral-project', 'ephemeral-project'), { as: ALICE });
    expect(deploy?.origin?.label).toBe('google_cloud_run_v2_job.web');
    expect(deploy?.origin?.places).toMatchObject({
      resource: { line: 20, column: 1 },
      'images[0]': { line: 32, column: 9 },
    });
  });

  it('can be asked for one by one', () => {
    const plan = planNamed('no-edge');
    expect(deploysOf(plan, { as: ALICE, only: 'google_cloud_run_v2_service.web' })).toHaveLength(1);
    expect(deploysOf(plan, { as: ALICE, only: 'google_cloud_run_v2_service.other' })).toHaveLength(0);
  });
});

describe('references to what a plan has', () => {
  it('are spelled by address and attribute', () => {
    const references = terraformReferences(planNamed('no-edge'));
    const account =
      '//iam.googleapis.com/projects/myproject-a/serviceAccounts/runtime@myproject-a.iam.gserviceaccount.com';
    expect(references.address(account)).toBe('google_service_account.runtime');
    expect(references.get(account)?.attributes).toEqual({
      service_account_id: 'google_service_account.runtime.name',
    });
    expect(references.address('//secretmanager.googleapis.com/projects/myproject-a/secrets/password')).toBe(
      'google_secret_manager_secret.password',
    );
    expect(
      references.address('//secretmanager.googleapis.com/projects/myproject-a/secrets/other'),
    ).toBeUndefined();
  });
});
