import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckRequest, checkDeployOn, type Source } from '../../checkpoint/index.js';
import { adminCall } from '../../plane/clients/index.js';
import { estateSource } from '../../plane/index.js';
import { buildImage, pushImage } from '../../registry/index.js';
import { type AssetsOptions, inventorySource, openAssets } from '../../sources/index.js';
import { A, B, deploy, IMAGE, NOW, ORGANIZATION, REGION, RUNTIME } from '../sources/testing-google.js';
import { runCli } from '../test-world.js';
import { ESTATE_NAME, exportedEstate, NO_OWNER, type RehearsalEstate } from './copy.js';
import { stage } from './stage.js';
import { GROUPS, linesOf, NUMBER_A, POLICIES, policyFiles, RESOURCES } from './testing-export.js';

const ALICE = 'user:alice@example.com';
/** Milliseconds: a plane is made. */
const LONG = 60_000;

let dir: string;
const at = (name: string) => path.join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-exported-'));
  await writeFile(at('all.json'), linesOf([...RESOURCES, ...POLICIES]));
  await writeFile(at('all.json.gz'), gzipSync(linesOf([...RESOURCES, ...POLICIES])));
  await writeFile(at('policies.json'), linesOf(POLICIES));
  await writeFile(at('groups.json'), JSON.stringify(GROUPS));
  await writeFile(at('broken.json'), `${linesOf(POLICIES.slice(0, 2))}{"name": "x"}\n`);
  for (const [name, content] of policyFiles()) {
    const file = path.join(dir, 'folder', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function copyOf(file: string, options: AssetsOptions = {}, as = ALICE): Promise<RehearsalEstate> {
  return exportedEstate(await openAssets(at(file), options), { projects: [A, B], as });
}

async function verdictsOf(source: Source, request: CheckRequest) {
  const { report } = await checkDeployOn(request, source, { time: NOW });
  return {
    verdict: report.verdict,
    rows: report.requirements.map(({ id, principal, permission, resource, verdict }) =>
      [id, principal, permission, resource, verdict].join(' '),
    ),
  };
}

async function sourceOf({ text }: RehearsalEstate) {
  return estateSource([{ name: ESTATE_NAME, text }], { owner: NO_OWNER, clock: () => NOW });
}

const WHOLE = { complete: true, groups: GROUPS };

describe('the copy of an export of everything', () => {
  it(
    'decides as the export does',
    async () => {
      const manifest: Source['manifest'] = async () => 'present';
      const exported = { ...inventorySource((await openAssets(at('all.json'), WHOLE)).inventory), manifest };
      const { source, close } = await sourceOf(await copyOf('all.json', WHOLE));
      const people = ['alice', 'bob', 'dave', 'erin', 'eve', 'tess', 'una', 'vera', 'viewer'].map(
        (name) => `user:${name}@example.com`,
      );
      const secrets = [{ env: 'DB', name: 'db-password', version: 'latest' }];
      const requests = [
        ...people.flatMap((as) => [deploy(as), deploy(as, { kind: 'job' }), deploy(as, { secrets })]),
        deploy(ALICE, { name: 'api' }),
        deploy(ALICE, { serviceAccount: `retired@${A}.iam.gserviceaccount.com` }),
        deploy(ALICE, { serviceAccount: `none@${A}.iam.gserviceaccount.com` }),
        deploy(ALICE, { images: [`${REGION}-docker.pkg.dev/${B}/none/app`] }),
        deploy(`serviceAccount:${RUNTIME}`),
      ];
      const verdicts = new Set<string>();
      for (const request of requests) {
        const expected = await verdictsOf(exported, request);
        verdicts.add(expected.verdict);
        expect(await verdictsOf({ ...source, manifest }, request)).toEqual(expected);
      }
      expect([...verdicts].sort()).toEqual(['denied', 'granted']);
      const tagged = { tess: 'granted', una: 'denied', vera: 'granted' };
      for (const [name, verdict] of Object.entries(tagged)) {
        expect(await verdictsOf(exported, deploy(`user:${name}@example.com`))).toMatchObject({ verdict });
      }
      await close();
    },
    LONG,
  );

  it('tells what no export says', async () => {
    const { gaps } = await copyOf('all.json', WHOLE);
    expect(gaps).toEqual([
      'where api of myproject-a mounts its secrets: not read from exports; it is made up',
      'the formats of the repositories of myproject-b, and whether their tags are immutable: not read from exports; in the rehearsal they hold images, with tags that move',
      'the domain of organizations/123456789012: not read from exports',
    ]);
  });

  it('has the Cloud Run resources with what runs in them, and accounts as they are', async () => {
    const { projects, groups } = JSON.parse((await copyOf('all.json', WHOLE)).text);
    expect(projects).toMatchObject([
      {
        ...{ id: A, number: NUMBER_A, parent: 'folders/4711' },
        serviceAccounts: [
          { id: 'runtime', tags: { [`${ORGANIZATION}/env`]: 'test' } },
          { id: 'retired', disabled: true },
        ],
        runServices: [
          {
            ...{ id: 'api', location: REGION, serviceAccount: RUNTIME },
            images: [`${REGION}-docker.pkg.dev/${B}/myrepo/api:v1`],
            secrets: [{ name: 'db-password', version: '3', mount: '/secrets/1/db-password' }],
            iam: [{ role: 'roles/run.invoker', members: ['allUsers'] }],
          },
        ],
      },
      {
        id: B,
        repositories: [{ id: 'myrepo', location: REGION }],
        tags: { [`${ORGANIZATION}/env`]: 'prod' },
      },
    ]);
    expect(groups).toEqual({ ...GROUPS, 'deployers@example.com': ['user:bob@example.com'] });
  });
});

describe('the copy of less', () => {
  it('tells what an export of policies alone lacks, each reason once', async () => {
    const { gaps } = await copyOf('policies.json', {}, `serviceAccount:ci@${A}.iam.gserviceaccount.com`);
    expect(gaps).toContain(
      'the service accounts of myproject-a, the service accounts of myproject-b: the export says nothing about service accounts; export iam.googleapis.com/ServiceAccount with the content type resource',
    );
    expect(gaps).toContain(
      `whether ci@${A}.iam.gserviceaccount.com is there: the export says nothing about service accounts; export iam.googleapis.com/ServiceAccount with the content type resource; it is in the rehearsal`,
    );
    expect(gaps).toContainEqual(
      expect.stringMatching(/^the enabled APIs of .*; those of Cloud Run, .* are enabled/),
    );
    expect(gaps).toContainEqual(expect.stringMatching(/^who is in group platform@example.com: .*--groups$/));
    expect(new Set(gaps.map((gap) => gap.slice(gap.indexOf(': ')))).size).toBe(gaps.length);
  });

  it('has what the files of a folder of policies name', async () => {
    const { gaps, text } = await copyOf('folder', { groups: GROUPS });
    expect(gaps).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^what myproject-a lies in: /),
        `the number of ${A}: nothing tells it; in the rehearsal it is ${NUMBER_A}, which its service agents have`,
        `the number of ${B}: nothing tells it; in the rehearsal it is another one`,
        expect.stringMatching(/^left out: myproject-b myrepo organizations\/\d+\/roles\/puller: /),
      ]),
    );
    expect(JSON.parse(text).projects).toMatchObject([
      {
        ...{ id: A, number: NUMBER_A, serviceAccounts: [{ id: 'runtime' }] },
        secrets: [{ id: 'db-password', iam: [{ role: 'roles/secretmanager.secretAccessor' }] }],
        runServices: [{ id: 'api', location: REGION, iam: [{ role: 'roles/run.invoker' }] }],
      },
      { id: B, repositories: [{ id: 'myrepo', iam: [{ role: 'roles/artifactregistry.writer' }] }] },
    ]);
  });
});

/** Pushes an image into one project, and deploys it in the other. @returns what Cloud Run's API answered */
async function rehearsed(as: string) {
  const home = at(`home-${as}`);
  let answer = '';
  const { refusals } = await stage({
    ...{
      estate: (await copyOf('all.json', WHOLE)).text,
      as: `user:${as}@example.com`,
      project: A,
      keep: false,
    },
    runtime: 'none',
    // Without gcloud on the way, which would have to be signed in.
    env: { PATH: home, HOME: home },
    async run(_, plane) {
      const tokenOf = async (member: string) =>
        String((await adminCall(plane, 'POST /v1/token', { as: member })).token);
      const image = await buildImage({ files: [{ path: '/app', content: 'x' }], config: { Cmd: ['/app'] } });
      await pushImage({
        registryUrl: plane.url,
        name: IMAGE,
        tag: 'latest',
        token: await tokenOf(ALICE),
        image,
      });
      const response = await fetch(
        `${plane.url}/run.googleapis.com/v2/projects/${A}/locations/${REGION}/services?serviceId=web`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${await tokenOf(`user:${as}@example.com`)}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({
            template: { serviceAccount: RUNTIME, containers: [{ image: `${IMAGE}:latest` }] },
          }),
        },
      );
      answer = `${response.status} ${await response.text()}`;
      return 0;
    },
  });
  return { answer, refusals };
}

describe('a rehearsal on an export', () => {
  it(
    'takes a deploy that the export lets through',
    async () => {
      const { answer, refusals } = await rehearsed('alice');
      expect(answer).toMatch(/^200 /);
      expect(refusals).toEqual([]);
    },
    LONG,
  );

  it(
    'refuses the one of somebody who may not read the image in the other project',
    async () => {
      const { answer, refusals } = await rehearsed('erin');
      expect(answer).toMatch(/^403 /);
      expect(refusals).toMatchObject([
        {
          principal: 'erin@example.com',
          message: expect.stringContaining('User must have permission to read the image'),
        },
      ]);
    },
    LONG,
  );
});

const command = (...args: readonly string[]) =>
  runCli([
    'rehearse',
    ...args,
    '--',
    process.execPath,
    '-e',
    'process.exit(process.env.HTTPS_PROXY ? 7 : 8)',
  ]);

describe('the command line', () => {
  it('runs a command on a packed export, with the members of its groups', async () => {
    const { status, err } = await command(
      ...['--source', `assets=${at('all.json.gz')}`, '--complete', '--groups', at('groups.json')],
      ...['--project', A, '--project', B, '--as', 'bob@example.com'],
    );
    expect(err).toContain('2 projects are copied; the command acts as user:bob@example.com.');
    expect(err).toContain('  - the domain of organizations/123456789012: not read from exports');
    expect(err).not.toContain('who is in group');
    expect(err).toContain('Nothing was refused');
    expect(status).toBe(7);
  }, 60_000);

  it('tells of Cloud Run resources that are there without what runs in them', async () => {
    const bare = RESOURCES.map(({ resource, ...rest }) =>
      rest.asset_type === 'run.googleapis.com/Service'
        ? { ...rest, resource: { data: {} } }
        : { ...rest, ...(resource && { resource }) },
    );
    await writeFile(at('bare.json'), linesOf(bare));
    const { err } = await runCli([
      ...['rehearse', '--source', `assets=${at('bare.json')}`, '--project', A],
      ...['--as', 'bob@example.com', '--print-estate'],
    ]);
    expect(err).toContain('1 Cloud Run resource is there without containers');
    expect(err).toContain('say --complete');
  });

  it('writes the copy, and nothing else happens', async () => {
    const { status, out } = await runCli([
      ...['rehearse', '--source', `assets=${at('all.json')}`, '--project', B],
      ...['--as', 'bob@example.com', '--print-estate'],
    ]);
    expect(JSON.parse(out)).toMatchObject({ projects: [{ id: B }, { id: A, defaults: false }] });
    expect(status).toBe(0);
  });

  it.each([
    ['who acts is not said', ['--project', A], '--as MEMBER', 64],
    ['no project is named', ['--as', 'bob@example.com'], '--project ID', 64],
    [
      'the export has no such project',
      ['--as', 'bob@example.com', '--project', 'myproject-x'],
      'The project myproject-x cannot be copied: project myproject-x is not in the export',
      1,
    ],
  ])('is refused when %s', async (_, args, said, exit) => {
    const { status, err } = await command('--source', `assets=${at('all.json')}`, ...args);
    expect(err).toContain(said);
    expect(status).toBe(exit);
  });

  it.each([
    ['broken.json', 'broken.json:3: is no asset'],
    ['none.json', 'none.json: '],
  ])('names file and place of what is wrong with %s', async (name, said) => {
    const { status, err } = await command(
      ...['--source', `assets=${at(name)}`, '--as', 'bob@example.com', '--project', A],
    );
    expect(err).toContain(said);
    expect(status).toBe(64);
  });
});
