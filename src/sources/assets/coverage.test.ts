import { describe, expect, it } from 'vitest';
import { checkDeployOn } from '../../checkpoint/index.js';
import { inventorySource } from '../../checkpoint/reports/index.js';
import { parseImage } from '../../names/index.js';
import {
  type AssetJson,
  above,
  organization,
  policyOf,
  project,
  RESOURCE_MANAGER,
  inventoryOfFiles as read,
} from './testing-assets.js';

const denyIn = (number: string): AssetJson => ({
  name: `//iam.googleapis.com/policies/${RESOURCE_MANAGER}%2Fprojects%2F${number}/denypolicies/no`,
  asset_type: 'iam.googleapis.com/PolicyV2',
  resource: {
    data: {
      name: `policies/${RESOURCE_MANAGER}%2Fprojects%2F${number}/denypolicies/no`,
      rules: [
        {
          denyRule: {
            deniedPrincipals: ['principal://goog/subject/eve@example.com'],
            deniedPermissions: ['run.googleapis.com/services.update'],
          },
        },
      ],
    },
  },
  ancestors: above(number),
});
const bindingIn = (number: string): AssetJson => ({
  name: `//iam.googleapis.com/projects/${number}/locations/global/policyBindings/b`,
  asset_type: 'iam.googleapis.com/PolicyBinding',
  resource: {
    data: {
      name: `projects/${number}/locations/global/policyBindings/b`,
      policyKind: 'ACCESS',
    },
  },
  ancestors: above(number),
});
const repository = (data: AssetJson): AssetJson => ({
  name: '//artifactregistry.googleapis.com/projects/app/locations/us/repositories/r',
  asset_type: 'artifactregistry.googleapis.com/Repository',
  resource: { data: { name: 'projects/app/locations/us/repositories/r', format: 'DOCKER', ...data } },
  ancestors: above('1'),
});

const at = (id: string) => `//cloudresourcemanager.googleapis.com/projects/${id}` as const;
const REPOSITORY = '//artifactregistry.googleapis.com/projects/app/locations/us/repositories/r' as const;
const unknown = (why: string) => ({ unknown: true, why: expect.stringContaining(why) });

describe('exports of different places', () => {
  it('do not vouch for each other in deny policies', async () => {
    const inventory = await read({
      'organization.json': [organization, project('app', '1'), project('other', '2')],
      'project.json': [project('app', '1'), denyIn('1')],
    });
    expect(inventory.denyPolicies(at('app'))).toMatchObject([{ id: 'no' }]);
    expect(inventory.denyPolicies(at('other'))).toEqual(
      unknown('iam.googleapis.com/PolicyV2 is exported of other places, not of projects/other'),
    );
    expect(inventory.denyPolicies('//cloudresourcemanager.googleapis.com/organizations/9')).toMatchObject({
      unknown: true,
    });
  });

  it('do not vouch for each other when they are put into one file', async () => {
    const inventory = await read({
      'both.json': [project('app', '1'), denyIn('1'), project('other', '2')],
    });
    expect(inventory.denyPolicies(at('other'))).toMatchObject({ unknown: true });
  });

  it('do not vouch for each other in boundaries, which may be bound above', async () => {
    const inventory = await read({ 'project.json': [project('app', '1'), bindingIn('1')] });
    expect(inventory.boundaries('app')).toEqual(unknown('organizations/9'));
  });

  it('do not vouch for each other in policies and resources', async () => {
    const inventory = await read({
      'policies.json': [policyOf('app', '1'), policyOf('other', '2')],
      'resources.json': [project('app', '1'), repository({ mode: 'STANDARD_REPOSITORY' })],
    });
    expect(
      inventory.repository('//artifactregistry.googleapis.com/projects/app/locations/us/repositories/none'),
    ).toBe('absent');
    expect(
      inventory.repository('//artifactregistry.googleapis.com/projects/other/locations/us/repositories/r'),
    ).toMatchObject({ unknown: true });
    expect(inventory.policy(REPOSITORY)).toEqual(unknown('Repository'));
  });

  it('vouch for all that they were made of', async () => {
    const inventory = await read({
      'organization.json': [organization, project('app', '1'), denyIn('1'), project('other', '2')],
    });
    expect(inventory.denyPolicies(at('other'))).toEqual([]);
    expect(inventory.denyPolicies('//cloudresourcemanager.googleapis.com/organizations/9')).toEqual([]);
  });

  it('vouch for all that they were made of when each type has files of its own', async () => {
    const inventory = await read({
      [`export/${RESOURCE_MANAGER}/Organization/0`]: [organization],
      [`export/${RESOURCE_MANAGER}/Project/0`]: [project('app', '1'), project('other', '2')],
      'export/iam.googleapis.com/PolicyV2/0': [denyIn('1')],
    });
    expect(inventory.denyPolicies(at('other'))).toEqual([]);
  });

  it('vouch for each other when somebody says so', async () => {
    const files = { 'organization.json': [organization, project('other', '2')], 'app.json': [denyIn('1')] };
    expect((await read(files, true)).denyPolicies(at('other'))).toEqual([]);
  });
});

describe('assets that somebody chose', () => {
  it('vouch for no others: a search, a history, a file of its own', async () => {
    const search = {
      name: '//iam.googleapis.com/projects/app/serviceAccounts/a@app.iam.gserviceaccount.com',
      assetType: 'iam.googleapis.com/ServiceAccount',
      project: 'projects/1',
      displayName: 'a',
    };
    const inventory = await read({
      'search.json': [search],
      'history.json': [
        { asset: project('app', '1'), window: {} },
        { asset: denyIn('1'), window: {} },
      ],
      'projects/app/repositories/us/r.json': [{ etag: 'x', bindings: [] }],
    });
    expect(inventory.account('b@app.iam.gserviceaccount.com')).toMatchObject({ unknown: true });
    expect(inventory.denyPolicies('//cloudresourcemanager.googleapis.com/organizations/9')).toMatchObject({
      unknown: true,
    });
    expect(inventory.policy(REPOSITORY)).toMatchObject({ bindings: [] });
    expect(
      inventory.policy('//artifactregistry.googleapis.com/projects/app/locations/us/repositories/s'),
    ).toMatchObject({ unknown: true });
  });
});

describe('what an export says in part', () => {
  it('names the upstream and the credentials of a remote repository', async () => {
    const inventory = await read({
      'a.json': [
        project('app', '1'),
        repository({
          mode: 'REMOTE_REPOSITORY',
          remoteRepositoryConfig: {
            commonRepository: { uri: 'projects/1/locations/eu/repositories/up' },
            upstreamCredentials: {
              usernamePasswordCredentials: { passwordSecretVersion: 'projects/1/secrets/s/versions/1' },
            },
          },
        }),
      ],
    });
    expect(inventory.repository(REPOSITORY)).toEqual({
      mode: 'remote',
      upstreams: ['//artifactregistry.googleapis.com/projects/app/locations/eu/repositories/up'],
      credentials: '//secretmanager.googleapis.com/projects/app/secrets/s',
    });
  });

  it('leaves unknown what a repository reads that was only searched for', async () => {
    const { name, asset_type } = repository({});
    const inventory = await read({ 'a.json': [{ name, assetType: asset_type, displayName: 'r' }] });
    expect(inventory.repository(REPOSITORY)).toEqual(unknown('a search does not say'));
  });

  it('leaves unknown what a service is that is there without containers', async () => {
    const name = '//run.googleapis.com/projects/app/locations/us-central1/services/web';
    const inventory = await read({
      'a.json': [
        project('app', '1'),
        {
          name,
          asset_type: 'run.googleapis.com/Service',
          resource: { data: {} },
          ancestors: above('1'),
        },
      ],
    });
    expect(inventory.runResource(name)).toEqual(unknown('does not say what runs in it'));
  });

  it('leaves unknown for which platform an image is, where that is not said', async () => {
    const uri = (letter: string) => `us-docker.pkg.dev/app/r/i@sha256:${letter.repeat(64)}`;
    const image = (letter: string, imageManifests?: readonly object[]): AssetJson => ({
      name: `//artifactregistry.googleapis.com/projects/app/locations/us/repositories/r/dockerImages/${letter}`,
      asset_type: 'artifactregistry.googleapis.com/DockerImage',
      resource: { data: { uri: uri(letter), mediaType: 'm', imageManifests } },
      ancestors: above('1'),
    });
    const { manifest } = await read({
      'a.json': [
        project('app', '1'),
        image('a'),
        image('b', [{ os: 'linux', architecture: 'amd64' }]),
        image('c', [{ os: 'linux', architecture: 'arm64' }]),
      ],
    });
    const found = (letter: string) => {
      const parsed = parseImage(uri(letter));
      return parsed.ok ? manifest(parsed.image, 'linux/amd64') : 'no image';
    };
    expect(['a', 'b', 'c', 'd'].map(found)).toEqual([
      unknown('for which platform'),
      'present',
      { wrongPlatform: 'm' },
      'missing',
    ]);
  });

  it('takes an API that was only searched for to be enabled when it is', async () => {
    const api = (name: string, state: string): AssetJson => ({
      name: `//serviceusage.googleapis.com/projects/1/services/${name}`,
      assetType: 'serviceusage.googleapis.com/Service',
      displayName: name,
      state,
    });
    const { apiEnabled } = await read({
      'a.json': [
        project('app', '1'),
        api('run.googleapis.com', 'ENABLED'),
        api('iam.googleapis.com', 'DISABLED'),
      ],
    });
    expect(apiEnabled('app', 'run.googleapis.com')).toBe(true);
    expect(apiEnabled('app', 'iam.googleapis.com')).not.toBe(true);
  });

  it('comes to no yes by a condition on tags, which exports are not read for', async () => {
    const expression = "resource.matchTag('9/env', 'prod')";
    const bindings = [
      { role: 'roles/owner', members: ['user:alice@example.com'], condition: { title: 't', expression } },
    ];
    const inventory = await read(
      { 'a.json': [project('app', '1'), { ...policyOf('app', '1'), iam_policy: { version: 3, bindings } }] },
      true,
    );
    const { report } = await checkDeployOn(
      {
        ...{ kind: 'service', apiVersion: 'v2', name: 'web', project: 'app', region: 'us-central1' },
        ...{ as: 'user:alice@example.com', images: ['nginx'] },
      },
      inventorySource(inventory),
      { time: new Date('2025-06-01T12:00:00Z') },
    );
    expect(report.requirements.find(({ id }) => id === 'deployer-deploys')?.verdict).toBe('unknown');
  });
});

describe('folders', () => {
  it('lie where projects in them say, and nobody knows where otherwise', async () => {
    const ancestors = ['projects/1', 'folders/7', 'folders/8', 'organizations/9'];
    const { above: aboveOf } = await read({ 'a.json': [{ ...project('app', '1'), ancestors }] });
    const in9 = (path: string) => `//${RESOURCE_MANAGER}/${path}` as const;
    expect(aboveOf(in9('folders/7'))).toEqual([in9('folders/8'), in9('organizations/9')]);
    expect(aboveOf(in9('organizations/9'))).toEqual([]);
    expect(aboveOf(in9('folders/6'))).toEqual(unknown('the export has nothing in folders/6'));
  });

  it('have the boundaries of their organization, which not every export tells', async () => {
    const { boundaries } = await read({ 'a.json': [organization, project('app', '1')] });
    expect(boundaries('organizations/9')).toEqual(unknown('nothing about principal access boundaries'));
    const complete = await read({ 'a.json': [organization, project('app', '1')] }, true);
    expect(complete.boundaries('organizations/9')).toEqual({ policies: [], bindings: [] });
  });
});

describe('names of service accounts', () => {
  const CI = 'ci@app.iam.gserviceaccount.com';
  const NAMED = `//iam.googleapis.com/projects/app/serviceAccounts/${CI}` as const;
  const byId = (more: AssetJson): AssetJson => ({
    name: '//iam.googleapis.com/projects/app/serviceAccounts/100000000000000000001',
    asset_type: 'iam.googleapis.com/ServiceAccount',
    ancestors: above('1'),
    ...more,
  });
  const bindings = [{ role: 'roles/iam.serviceAccountUser', members: ['user:alice@example.com'] }];
  const policy = byId({ iam_policy: { bindings } });
  const account = (data: AssetJson) => byId({ resource: { data: { email: CI, projectId: 'app', ...data } } });

  it('may be their unique ids: policies are of the account all the same', async () => {
    for (const data of [{}, { uniqueId: '100000000000000000001' }]) {
      for (const order of [
        [policy, account(data)],
        [account(data), policy],
      ]) {
        const inventory = await read({ 'a.json': [organization, project('app', '1'), ...order] });
        expect(inventory.policy(NAMED)).toMatchObject({ bindings });
        expect(inventory.account(CI)).toMatchObject({ project: 'app' });
      }
    }
  });

  it('leave policies unknown where nothing says whose ids they are', async () => {
    const named = { ...policy, name: NAMED.replace('ci@', 'known@') };
    const inventory = await read({ 'a.json': [organization, project('app', '1'), policy, named] });
    expect(inventory.policy(NAMED)).toEqual(unknown('names service accounts by their unique ids'));
    expect(inventory.policy(named.name as typeof NAMED)).toMatchObject({ bindings });
    expect(inventory.policy(NAMED.replace('/app/', '/other/') as typeof NAMED)).not.toEqual(
      unknown('unique ids'),
    );
  });
});

describe('aliases of versions of secrets', () => {
  const SECRET = '//secretmanager.googleapis.com/projects/app/secrets/password' as const;
  const secret = (versionAliases?: AssetJson): AssetJson => ({
    name: SECRET.replace('/app/', '/1/'),
    asset_type: 'secretmanager.googleapis.com/Secret',
    resource: { data: { name: 'projects/1/secrets/password', ...(versionAliases && { versionAliases }) } },
    ancestors: above('1'),
  });
  const version = (number: string, state: string): AssetJson => ({
    name: `${SECRET.replace('/app/', '/1/')}/versions/${number}`,
    asset_type: 'secretmanager.googleapis.com/SecretVersion',
    resource: { data: { state } },
    ancestors: above('1'),
  });

  it('stand for the versions that they are given to', async () => {
    const aliases = { good: '1', bad: 2, Infinity: '2', gone: '9' };
    const assets = [
      version('1', 'ENABLED'),
      secret(aliases),
      version('2', 'DISABLED'),
      version('3', 'ENABLED'),
    ];
    const inventory = await read({ 'a.json': [organization, project('app', '1'), ...assets] });
    const states = ['good', 'bad', 'gone', 'other', '1', '2', 'latest'].map((each) =>
      inventory.secret(SECRET, each),
    );
    expect(states).toEqual(['present', 'missing', 'missing', 'missing', 'present', 'missing', 'present']);
  });

  it('are unknown where secrets or their versions are not exported', async () => {
    const ground = [organization, project('app', '1')];
    const versions = await read({ 'a.json': [...ground, version('1', 'ENABLED')] });
    expect(versions.secret(SECRET, 'good')).toEqual(unknown('secretmanager.googleapis.com/Secret'));
    const secrets = await read({ 'b.json': [...ground, secret({ good: '1' })] });
    expect(secrets.secret(SECRET, 'good')).toEqual(unknown('secretmanager.googleapis.com/SecretVersion'));
  });
});
