import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../test-world.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'audit-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ancestors = ['projects/111'];
const asset = (name: string, type: string, content: object) =>
  JSON.stringify({ name, asset_type: type, ...content, ancestors });
const PROJECT = 'cloudresourcemanager.googleapis.com/Project';
const SERVICE = 'run.googleapis.com/Service';

/** A project in which Alice deploys an image of another project, as Cloud Run sees it. */
async function assets(agent: boolean): Promise<string> {
  const file = path.join(folder, 'assets.json');
  const members = ['serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com'];
  const bindings = [
    { role: 'roles/owner', members: ['user:alice@example.com'] },
    ...(agent ? [{ role: 'roles/run.serviceAgent', members }] : []),
  ];
  const data = { template: { containers: [{ image: 'us-docker.pkg.dev/app/r/i' }] } };
  await writeFile(
    file,
    [
      asset(`//${PROJECT.split('/')[0]}/projects/111`, PROJECT, {
        resource: { data: { projectId: 'app', projectNumber: '111' } },
      }),
      asset(`//${PROJECT.split('/')[0]}/projects/app`, PROJECT, { iam_policy: { bindings } }),
      asset('//run.googleapis.com/projects/app/locations/us-central1/services/web', SERVICE, {
        resource: { data },
      }),
      asset(
        '//serviceusage.googleapis.com/projects/111/services/run.googleapis.com',
        'serviceusage.googleapis.com/Service',
        {
          resource: { data: { state: 'ENABLED' } },
        },
      ),
      asset(
        '//iam.googleapis.com/projects/app/serviceAccounts/111-compute@developer.gserviceaccount.com',
        'iam.googleapis.com/ServiceAccount',
        {
          resource: { data: { email: '111-compute@developer.gserviceaccount.com', projectId: 'app' } },
        },
      ),
    ].join('\n'),
  );
  return `assets=${file}`;
}

describe('sekisho audit', () => {
  it('ends with 0 when every next deploy passes', async () => {
    const { status, out, err } = await runCli(['audit', '--source', await assets(true), '--complete']);
    expect(err).toBe('');
    expect(out).toContain('Next deploys: 0 denied, 0 unknown, 1 granted');
    expect(status).toBe(0);
  });

  it('knows no more by --complete than a check does', async () => {
    const deploy = [
      'run',
      'service',
      'web',
      '--image',
      'us-docker.pkg.dev/app/r/i',
      '--region',
      'us-central1',
    ];
    const asked = ['check', '--project', 'app', '--as', 'alice@example.com', '--format', 'json'];
    const said = async (...more: readonly string[]) =>
      (await runCli([...asked, '--source', await assets(true), ...more, ...deploy])).out;
    expect(await said()).toContain('the export says nothing about deny policies');
    expect(await said('--complete')).not.toContain('the export says nothing');
  });

  it('ends with 1 and names the grant when one is denied', async () => {
    const { status, out } = await runCli(['audit', '--source', await assets(false), '--complete']);
    expect(out).toContain('gcloud projects add-iam-policy-binding app');
    expect(status).toBe(1);
  });

  it('ends with 2 when something is not known, and says what', async () => {
    const source = await assets(true);
    const { status, out } = await runCli(['audit', '--source', source]);
    expect(out).toContain('iam.googleapis.com/PolicyV2');
    expect(status).toBe(2);
    const assumed = await runCli(['audit', '--source', source, '--assume', 'no-deny-policies,no-boundaries']);
    expect(assumed.out).toContain('assumed: there are no deny policies');
    expect(assumed.out).not.toContain('PolicyV2');
  });

  it('writes JSON, to a file if asked, and speaks Japanese', async () => {
    const source = await assets(false);
    const out = path.join(folder, 'report.json');
    expect(
      (await runCli(['audit', '--source', source, '--complete', '--format', 'json', '--out', out])).out,
    ).toBe('');
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({
      schema: 'sekisho.audit/1',
      totals: { rows: { denied: 1 } },
      rows: [{ deployer: 'user:alice@example.com', first: { id: 'agent-mints-token' } }],
    });
    expect((await runCli(['audit', '--source', source, '--complete', '--lang', 'ja'])).out).toContain(
      '次のデプロイ: 拒否 1',
    );
  });

  it.each([
    [['audit', '--complete'], '--complete is said of exports'],
    [['audit', '--source', 'estate=none.yaml'], 'none.yaml cannot be read (ENOENT)'],
    [['audit', '--source', 'assets=none.json'], 'none.json: there is no such file'],
    [['audit', '--source', 'assets=none.json', '--limit', '0'], '--limit'],
    [['audit', '--source', 'assets=none.json', '--deployer', 'group:x@example.com'], '--deployer'],
  ])('refuses %j with 64', async (args, said) => {
    const { status, err } = await runCli(args);
    expect(err).toContain(said);
    expect(status).toBe(64);
  });

  it.each([
    ['html', /^<!doctype html>\n<html lang="en">/],
    ['csv', /^verdict,kind,project,[^\r]*\r\ndenied,service,app,us-central1,web,user:alice@example.com,/],
    ['sarif', /^\{\n {2}"\$schema": "[^"]*sarif-2\.1\.0/],
  ])('writes %s', async (format, beginning) => {
    const run = await runCli(['audit', '--source', await assets(false), '--complete', '--format', format]);
    expect(run).toMatchObject({ status: 1, out: expect.stringMatching(beginning) });
  });
});
