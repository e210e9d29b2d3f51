/** The estate through the command line: applied, read by real clients, exported, emptied; and what a kill leaves. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appProject, deployed, logged, urlOf } from './support/deploys.js';
import { must, run, SEKISHO, TestPlane } from './support/plane.js';
import { Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { files, held } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const PROJECTS = 'cloudresourcemanager.googleapis.com/v1/projects';
const ESTATE = `
organization: { id: "123456789012", domain: example.com }
folders: [{ id: "4711", parent: organizations/123456789012 }]
groups:
  platform@example.com: ["user:alice@example.com"]
  everyone@example.com: ["group:platform@example.com"]
projects:
  - id: myproject-a
    number: "891566352225"
    parent: folders/4711
    name: Project A
    services: [run.googleapis.com, artifactregistry.googleapis.com]
    iam:
      - { role: roles/run.developer, members: ["group:everyone@example.com"] }
      - role: roles/viewer
        members: [bob@example.com]
    serviceAccounts: [{ id: runtime, displayName: Runtime, iam: [{ role: roles/iam.serviceAccountUser, members: [alice@example.com] }] }]
    repositories:
      - { id: docker-repo, location: ${REGION}, iam: [{ role: roles/artifactregistry.reader, members: ["group:platform@example.com"] }] }
`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sekisho-estate-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const where = path.join(directory, name);
  await writeFile(where, text);
  return where;
}

const withoutRuntime = { args: ['--runtime', 'none'] };

/** 200 projects with ten bindings each. */
function largeEstate(): string {
  const binding = (project: number, index: number) => ({
    role: ['roles/viewer', 'roles/run.developer', 'roles/run.admin', 'roles/logging.viewer', 'roles/browser'][
      index % 5
    ],
    members: [`user:user-${project}-${index}@example.com`],
  });
  return JSON.stringify({
    projects: Array.from({ length: 200 }, (_, project) => ({
      id: `large-${project}`,
      services: ['run.googleapis.com'],
      iam: Array.from({ length: 10 }, (__, index) => binding(project, index)),
      serviceAccounts: [{ id: 'runtime' }],
    })),
  });
}

describe('sekisho apply', () => {
  let plane: TestPlane;
  let rest: Rest;
  beforeAll(async () => {
    plane = await TestPlane.start(withoutRuntime);
    rest = new Rest(plane);
    await must(plane.sekisho(['apply', '-f', await file('estate.yaml', ESTATE)]));
  });
  afterAll(() => plane.dispose());

  it.runIf(canRun('gcloud'))('makes what gcloud then reads', async () => {
    const list = await must(
      plane.gcloud(OWNER, 'projects list --format=value(projectId,projectNumber,name)'),
    );
    expect(list.stdout.split(/\s+/)).toEqual(expect.arrayContaining(['myproject-a', '891566352225']));
    const policy = await must(plane.gcloud(OWNER, 'projects get-iam-policy myproject-a --format=json'));
    expect(JSON.parse(policy.stdout).bindings).toEqual([
      {
        role: 'roles/artifactregistry.serviceAgent',
        members: ['serviceAccount:service-891566352225@gcp-sa-artifactregistry.iam.gserviceaccount.com'],
      },
      { role: 'roles/owner', members: ['user:owner@example.com'] },
      { role: 'roles/run.developer', members: ['group:everyone@example.com'] },
      {
        role: 'roles/run.serviceAgent',
        members: ['serviceAccount:service-891566352225@serverless-robot-prod.iam.gserviceaccount.com'],
      },
      { role: 'roles/viewer', members: ['user:bob@example.com'] },
    ]);
    const accounts = await must(
      plane.gcloud(
        'bob@example.com',
        'iam service-accounts list --project myproject-a --format=value(email)',
      ),
    );
    expect(accounts.stdout).toContain('runtime@myproject-a.iam.gserviceaccount.com');
    const repositories = await must(
      plane.gcloud(
        'bob@example.com',
        `artifacts repositories list --project myproject-a --location ${REGION} --format=value(name)`,
      ),
    );
    expect(repositories.stdout).toContain('docker-repo');
  });

  it('gives members of nested groups what the groups have', async () => {
    const held = (member: string) =>
      rest.ok(member, 'POST', `${PROJECTS}/myproject-a:testIamPermissions`, {
        permissions: ['run.services.create', 'run.services.delete'],
      });
    expect(await held('alice@example.com')).toEqual({
      permissions: ['run.services.create', 'run.services.delete'],
    });
    expect(await held('carol@example.com')).toEqual({});
    const check = [
      'check',
      'run',
      'service',
      'web',
      '--project',
      'myproject-a',
      '--region',
      REGION,
      '--image',
      `${REGION}-docker.pkg.dev/myproject-a/docker-repo/web`,
    ];
    const asked = await plane.sekisho([
      ...check,
      '--service-account',
      'runtime@myproject-a.iam.gserviceaccount.com',
      '--as',
      'alice@example.com',
      '--format',
      'json',
    ]);
    const verdicts = new Map<string, string>(
      JSON.parse(asked.stdout).requirements.map(({ id, verdict }: { id: string; verdict: string }) => [
        id,
        verdict,
      ]),
    );
    expect(
      ['deployer-deploys', 'deployer-acts-as', 'deployer-reads-image'].map((id) => verdicts.get(id)),
    ).toEqual(['granted', 'granted', 'granted']);
  });

  it('changes nothing the second time, from stdin, in Japanese', async () => {
    const again = await must(plane.sekisho(['apply', '-f', '-', '--lang', 'ja'], { input: ESTATE }));
    expect(again.stdout).toBe('作成 0、更新 0、削除 0、変更なし 7\n');
  });

  it('shows what it would remove, and then removes it', async () => {
    const small = await file('small.yaml', 'projects: [{ id: to-be-removed }]');
    expect((await must(plane.sekisho(['apply', '-f', small]))).stdout).toBe(
      'created project to-be-removed\n1 created, 0 updated, 0 removed, 0 unchanged.\n',
    );
    const estate = await file('estate.yaml', ESTATE);
    const dry = await must(plane.sekisho(['apply', '-f', estate, '--prune', '--dry-run']));
    expect(dry.stdout).toBe(
      'removed project to-be-removed\n0 created, 0 updated, 1 removed, 7 unchanged.\nDry run: nothing has changed.\n',
    );
    expect((await rest.call(OWNER, 'GET', `${PROJECTS}/to-be-removed`)).status).toBe(200);
    await must(plane.sekisho(['apply', '-f', estate, '--prune']));
    expect((await rest.call(OWNER, 'GET', `${PROJECTS}/to-be-removed`)).status).toBe(403);
    expect([...(await plane.stored()).keys()].filter((key) => key.includes('to-be-removed'))).toEqual([]);
    // The sample images are nobody's to prune.
    expect(
      (await rest.call(undefined, 'GET', 'us-docker.pkg.dev/v2/cloudrun/container/hello/tags/list')).status,
    ).not.toBe(404);
  });

  it('says where the problems are, and changes nothing', async () => {
    const before = await plane.stored();
    const bad = await file(
      'bad.yaml',
      'projects:\n  - id: new-project\n  - id: myproject-a\n    iam:\n      - { role: roles/none, members: [bob@example.com] }\n',
    );
    const refused = await plane.sekisho(['apply', '-f', bad]);
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `sekisho: ${bad}:5:9: projects[1].iam[0]: Role roles/none is not supported for this resource.\n`,
    });
    expect(await plane.changedSince(before)).toEqual([]);
  });

  it.each([
    [['apply'], 64, "required option '-f, --file <file...>' not specified"],
    [['apply', '-f', '/nowhere.yaml'], 64, '/nowhere.yaml cannot be read (ENOENT).'],
    [['export', '--format', 'xml'], 64, 'Allowed choices are yaml, json'],
  ])('ends %j with %i', async (args, code, says) => {
    const refused = await plane.sekisho(args);
    expect(refused.stderr).toContain(says);
    expect(refused.code).toBe(code);
  });

  it('takes a large estate in one go, and keeps it through a kill', async () => {
    const large = await file('large.json', largeEstate());
    const applied = await must(plane.sekisho(['apply', '-f', large]));
    await plane.kill();
    expect(applied.stdout).toContain('created project large-199\n');
    await plane.restart(withoutRuntime);
    const { changes } = { changes: await must(plane.sekisho(['apply', '-f', large])) };
    expect(changes.stdout).toBe('0 created, 0 updated, 0 removed, 400 unchanged.\n');
    expect(
      await rest.ok('user-150-7@example.com', 'POST', `${PROJECTS}/large-150:testIamPermissions`, {
        permissions: ['run.services.create'],
      }),
    ).toEqual({ permissions: ['run.services.create'] });
  });

  it('exports what makes the emptied plane the same', async () => {
    const [yaml, json] = [
      await must(plane.sekisho(['export'])),
      await must(plane.sekisho(['export', '--format', 'json'])),
    ];
    expect([yaml.stderr, json.stderr]).toEqual(['', '']);
    const reset = await must(plane.sekisho(['reset']));
    expect(reset.stdout).toBe('The plane is empty; 201 projects are gone.\n');
    expect(await rest.ok(OWNER, 'GET', PROJECTS)).toEqual({});
    expect((await must(plane.sekisho(['export']))).stdout).toBe('{}\n');
    await must(plane.sekisho(['apply', '-f', '-'], { input: json.stdout }));
    expect((await must(plane.sekisho(['export']))).stdout).toBe(yaml.stdout);
  });
});

describe.runIf(canRun('crun'))('sekisho reset', () => {
  it('stops instances and frees blobs while the plane runs; what is made afterwards starts from nothing', async () => {
    const plane = await TestPlane.start();
    const blobs = () => files(plane).filter((name) => name.startsWith('registry/blobs/'));
    try {
      const rest = new Rest(plane);
      const image = `${await appProject(rest, 'to-be-reset')}:latest`;
      const { service } = await deployed(rest, { project: 'to-be-reset', name: 'web', image });
      const url = urlOf(service);
      const token = await rest.idToken(OWNER, url);
      expect((await visit(plane, url, { token })).text).toContain('Hello from web');
      expect(blobs()).not.toEqual([]);
      await must(plane.sekisho(['reset', '--yes']));
      expect((await visit(plane, url, { token })).status).toBe(404);
      expect(held(plane)).toMatchObject({ contained: [], monitors: [], mounts: [], directories: [] });
      expect(blobs()).toEqual([]);
      expect([...(await plane.stored()).keys()].filter((key) => key.includes('to-be-reset'))).toEqual([]);
      // The tokens that were signed before are good: the plane is still the same.
      expect((await rest.call(OWNER, 'POST', PROJECTS, { projectId: 'to-be-reset' })).status).toBe(200);
      expect(await logged(rest, 'to-be-reset', 'textPayload:*')).toEqual([]);
    } finally {
      await plane.dispose();
    }
  });
});

describe('sekisho start --estate', () => {
  const start = (data: string, estate: string) =>
    run(process.execPath, [
      SEKISHO,
      'start',
      '--data',
      data,
      '--listen',
      '127.0.0.1:0',
      '--runtime',
      'none',
      '--estate',
      estate,
    ]);

  it('applies the file to an empty plane before it serves, and leaves any other alone', async () => {
    const args = [...withoutRuntime.args, '--estate', await file('first.yaml', ESTATE)];
    const plane = await TestPlane.start({ args });
    try {
      expect(plane.stderr).not.toContain('--estate');
      const first = await must(plane.sekisho(['export']));
      expect(first.stdout).toContain('id: myproject-a');
      await plane.stop();
      await plane.restart({
        args: [
          ...withoutRuntime.args,
          '--estate',
          await file('second.yaml', 'projects: [{ id: another-project }]'),
        ],
      });
      expect(plane.stderr).toContain(`the plane in ${plane.data} is not empty, so --estate was left alone`);
      expect((await must(plane.sekisho(['export']))).stdout).toBe(first.stdout);
    } finally {
      await plane.dispose();
    }
  });

  it('starts nothing and leaves nothing for a bad file', async () => {
    const data = path.join(directory, 'never');
    const bad = await file('bad-first.yaml', 'projects: [{ id: myproject-a, networks: [] }]');
    expect(await start(data, bad)).toEqual({
      code: 1,
      stdout: '',
      stderr: `sekisho: the plane could not be started: ${bad}:1:41: projects[0].networks: The key "networks" is not known here.\n`,
    });
    expect(existsSync(data)).toBe(false);
    expect(await start(data, path.join(directory, 'missing.yaml'))).toMatchObject({ code: 64, stdout: '' });
  });
});
