import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAssets } from './open.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assets-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const full = path.join(folder, name);
  await mkdir(path.dirname(full), { recursive: true });
  await writeFile(full, content);
  return full;
}

const ANCESTORS = ['projects/111', 'folders/7', 'organizations/9'];
const PROJECT = {
  name: '//cloudresourcemanager.googleapis.com/projects/111',
  asset_type: 'cloudresourcemanager.googleapis.com/Project',
  resource: { version: 'v1', data: { projectId: 'app', projectNumber: '111', lifecycleState: 'ACTIVE' } },
  ancestors: ANCESTORS,
};
const POLICY = {
  name: '//cloudresourcemanager.googleapis.com/projects/app',
  asset_type: 'cloudresourcemanager.googleapis.com/Project',
  iam_policy: { bindings: [{ role: 'roles/run.admin', members: ['user:alice@example.com'] }] },
  ancestors: ANCESTORS,
  update_time: '2025-01-02T00:00:00Z',
};
const V1 = {
  spec: {
    template: {
      metadata: { annotations: { 'run.googleapis.com/secrets': 'far:projects/222/secrets/key' } },
      spec: {
        serviceAccountName: 'web@app.iam.gserviceaccount.com',
        containers: [
          {
            image: 'us-docker.pkg.dev/app/r/i',
            env: [
              { name: 'A', valueFrom: { secretKeyRef: { name: 'password', key: '2' } } },
              { name: 'B', valueFrom: { secretKeyRef: { name: 'far', key: 'latest' } } },
            ],
          },
          { image: 'nginx' },
        ],
      },
    },
  },
};
const V2 = {
  template: {
    template: {
      serviceAccount: 'job@app.iam.gserviceaccount.com',
      containers: [{ image: 'nginx' }],
      volumes: [{ name: 'v', secret: { secret: 'cert', items: [{ version: '1' }] } }],
    },
  },
};
const SERVICE = {
  name: '//run.googleapis.com/projects/app/locations/us-central1/services/web',
  asset_type: 'run.googleapis.com/Service',
  resource: { data: V1 },
  ancestors: ANCESTORS,
};
const JOB = {
  name: '//run.googleapis.com/projects/111/locations/us-central1/jobs/batch',
  asset_type: 'run.googleapis.com/Job',
  resource: { data: V2 },
  ancestors: ANCESTORS,
};
const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
const camel = (text: string) =>
  text.replace(/"(asset_type|iam_policy|update_time)"/g, (key) =>
    key.replace(/_(.)/, (_, letter: string) => letter.toUpperCase()),
  );

const FORMS: readonly [string, string, string | Buffer][] = [
  ['lines, as an export has them', 'a.json', lines(PROJECT, POLICY, SERVICE, JOB)],
  ['packed lines', 'a.json.gz', gzipSync(lines(PROJECT, POLICY, SERVICE, JOB))],
  [
    'lines behind a mark, with blank ones between',
    'a.json',
    `\ufeff${lines(PROJECT, POLICY)}\n\r\n${lines(SERVICE, JOB)}`,
  ],
  [
    'an array, as gcloud prints it',
    'a.json',
    camel(JSON.stringify([PROJECT, POLICY, SERVICE, JOB], null, 2)),
  ],
  [
    'a page of the API',
    'a.json',
    camel(JSON.stringify({ readTime: 'x', assets: [PROJECT, POLICY, SERVICE, JOB] }, null, 2)),
  ],
  ['UTF-16', 'a.json', Buffer.from(`\ufeff${lines(PROJECT, POLICY, SERVICE, JOB)}`, 'utf16le')],
  ['a history', 'a.json', lines(...[PROJECT, POLICY, SERVICE, JOB].map((asset) => ({ asset, window: {} })))],
];

describe('an asset export', () => {
  it.each(FORMS)('is read as %s', async (_, name, content) => {
    const { inventory } = await openAssets(await file(name, content));
    expect(inventory.project('app')).toMatchObject({
      projectId: 'app',
      number: '111',
      above: [
        '//cloudresourcemanager.googleapis.com/folders/7',
        '//cloudresourcemanager.googleapis.com/organizations/9',
      ],
    });
    expect(inventory.project('111')).toEqual(inventory.project('app'));
    expect(inventory.policy('//cloudresourcemanager.googleapis.com/projects/app')).toMatchObject({
      bindings: POLICY.iam_policy.bindings,
    });
    expect(inventory.runs).toMatchObject([
      {
        kind: 'job',
        project: 'app',
        name: 'batch',
        serviceAccount: 'job@app.iam.gserviceaccount.com',
        images: ['nginx'],
        secrets: [{ mount: 'v', name: 'cert', version: '1' }],
      },
      {
        kind: 'service',
        name: 'web',
        images: ['us-docker.pkg.dev/app/r/i', 'nginx'],
        secrets: [
          { env: 'A', name: 'password', version: '2' },
          { env: 'B', name: 'projects/222/secrets/key', version: 'latest' },
        ],
      },
    ]);
  });

  it('is read from a directory, and from both kinds of search', async () => {
    await file('resources.json', JSON.stringify([PROJECT]));
    await file(
      'iam/policies.json',
      JSON.stringify([
        {
          resource: '//cloudresourcemanager.googleapis.com/projects/app',
          assetType: 'cloudresourcemanager.googleapis.com/Project',
          project: 'projects/111',
          folders: ['folders/7'],
          organization: 'organizations/9',
          policy: POLICY.iam_policy,
        },
      ]),
    );
    const { inventory } = await openAssets(folder);
    expect(inventory.policy('//cloudresourcemanager.googleapis.com/projects/app')).toMatchObject({
      bindings: [{ role: 'roles/run.admin' }],
    });
  });

  it('takes the newest of what comes twice, and says so', async () => {
    const old = { ...POLICY, iam_policy: { bindings: [] }, update_time: '2024-01-01T00:00:00Z' };
    const { inventory, notes } = await openAssets(await file('a.json', lines(PROJECT, POLICY, old)));
    expect(inventory.policy('//cloudresourcemanager.googleapis.com/projects/app')).toMatchObject({
      bindings: [{ role: 'roles/run.admin' }],
    });
    expect(notes).toEqual(['1 asset came more than once; the newest counts']);
  });

  it('leaves unknown what it does not cover, and says what to export', async () => {
    const { inventory } = await openAssets(await file('a.json', lines(PROJECT, POLICY, SERVICE)));
    const why = (text: string) => ({ unknown: true, why: expect.stringContaining(text) });
    expect(inventory.apiEnabled('app', 'run.googleapis.com')).toEqual(
      why('serviceusage.googleapis.com/Service'),
    );
    expect(inventory.policy('//cloudresourcemanager.googleapis.com/folders/7')).toEqual(why('folders/7'));
    expect(
      inventory.policy('//artifactregistry.googleapis.com/projects/app/locations/us/repositories/r'),
    ).toEqual(why('no policy of any artifactregistry.googleapis.com/Repository'));
    expect(inventory.denyPolicies('//cloudresourcemanager.googleapis.com/projects/app')).toEqual(
      why('deny policies'),
    );
    expect(inventory.project('other')).toEqual(why('other'));
    expect(inventory.groups.isReadable('group:team@example.com')).toBe(false);
    expect(inventory.role('roles/nobody.knows')).toEqual(why('roles/nobody.knows'));
  });

  it('takes what is not named to be absent when told that it is complete', async () => {
    const text = lines(PROJECT, POLICY, SERVICE);
    const { inventory } = await openAssets(await file('a.json', text), { complete: true });
    expect(inventory.apiEnabled('app', 'run.googleapis.com')).toBe(false);
    expect(inventory.denyPolicies('//cloudresourcemanager.googleapis.com/projects/app')).toEqual([]);
    expect(inventory.account('nobody@app.iam.gserviceaccount.com')).toBe('absent');
  });

  it('takes nobody to be let in, nor kept out, by a policy that it cannot read', async () => {
    const odd = { ...POLICY, iam_policy: { bindings: [{ role: 'roles/owner', members: [7] }] } };
    const deny = {
      name: '//iam.googleapis.com/policies/x/denypolicies/no',
      asset_type: 'iam.googleapis.com/PolicyV2',
      resource: {
        data: {
          name: 'policies/cloudresourcemanager.googleapis.com%2Fprojects%2F111/denypolicies/no',
          rules: [
            {
              denyRule: {
                deniedPrincipals: ['something new'],
                deniedPermissions: ['run.googleapis.com/services.update'],
              },
            },
          ],
        },
      },
      ancestors: ANCESTORS,
    };
    const { inventory, notes } = await openAssets(await file('a.json', lines(PROJECT, odd, deny)));
    expect(inventory.policy('//cloudresourcemanager.googleapis.com/projects/app')).toMatchObject({
      unknown: true,
    });
    expect(inventory.denyPolicies('//cloudresourcemanager.googleapis.com/projects/app')).toMatchObject({
      unknown: true,
    });
    expect(notes).toEqual(['2 policies could not be read']);
  });
});

describe('a folder of policies', () => {
  const policy = {
    bindings: [{ role: 'roles/viewer', members: ['user:a@example.com'] }],
    etag: 'x',
    version: 1,
  };

  it('says by the place of each file whose policy it is', async () => {
    await file('projects/app.json', JSON.stringify(policy, null, 2));
    await file(
      'projects/app/repositories/us/r.yaml',
      'bindings:\n- members:\n  - user:b@example.com\n  role: roles/owner\netag: x\n',
    );
    const { inventory } = await openAssets(folder);
    expect(inventory.policy('//cloudresourcemanager.googleapis.com/projects/app')).toMatchObject({
      bindings: policy.bindings,
    });
    expect(
      inventory.policy('//artifactregistry.googleapis.com/projects/app/locations/us/repositories/r'),
    ).toMatchObject({
      bindings: [{ role: 'roles/owner' }],
    });
  });

  it('refuses a policy of which nobody can tell whose it is', async () => {
    const name = await file('somewhere/policy.json', JSON.stringify(policy));
    await expect(openAssets(folder)).rejects.toThrow(
      `${name}: is a policy, but where it lies does not say whose`,
    );
  });
});

describe('bad input', () => {
  const BAD: readonly [string, string | Buffer, RegExp][] = [
    ['a line that is cut off', lines(PROJECT, POLICY).slice(0, -40), /a\.json:2: is cut off/],
    ['a line that is no JSON', `${lines(PROJECT)}{oops}\n`, /a\.json:2: is not JSON/],
    [
      'gzip that is cut off',
      gzipSync(lines(PROJECT, POLICY)).subarray(0, 100),
      /a\.json: its gzip is cut off/,
    ],
    ['an array that is cut off', JSON.stringify([PROJECT, POLICY]).slice(0, -30), /a\.json\[\d\]: is /],
    ['text', 'Listed 0 items.', /a\.json: is not JSON/],
    [
      'UTF-16 that is cut off',
      Buffer.from(`\ufeff${lines(PROJECT)}`, 'utf16le').subarray(0, -1),
      /a\.json: is not UTF-16/,
    ],
    ['Latin-1', Buffer.from(lines({ ...PROJECT, name: 'caf\u00e9' }), 'latin1'), /a\.json:1: is not UTF-8/],
    [
      'another version of assets',
      lines({ name: 'x', iamPolicyBlob: 'y' }),
      /a\.json:1: is no asset of the Cloud Asset API/,
    ],
    ['nothing', '', /a\.json: is empty/],
  ];

  it.each(BAD)('%s is named with its place', async (_, content, message) => {
    const name = await file('a.json', content);
    await expect(openAssets(name)).rejects.toThrow(message);
  });

  it('says when there is no such file', async () => {
    await expect(openAssets(path.join(folder, 'none'))).rejects.toThrow(
      /none: there is no such file or directory/,
    );
  });
});
