import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAssets } from '../assets/index.js';
import { copyFromAssets } from './assets.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sekisho-copied-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ANCESTORS = ['projects/111', 'folders/7', 'organizations/9'];

const asset = (type: string, below: string, more: object) => ({
  name: `//${type.slice(0, type.indexOf('/'))}/${below}`,
  asset_type: type,
  ancestors: ANCESTORS,
  ...more,
});
const thing = (type: string, below: string, data: object) => asset(type, below, { resource: { data } });
const PROJECT = thing('cloudresourcemanager.googleapis.com/Project', 'projects/111', {
  projectId: 'my-app',
  projectNumber: '111',
});
const api = (name: string) =>
  thing('serviceusage.googleapis.com/Service', `projects/111/services/${name}.googleapis.com`, {
    state: 'ENABLED',
  });
const APIS = ['run', 'artifactregistry', 'secretmanager'].map(api);
const inRun = (collection: string, name: string) =>
  `projects/my-app/locations/us-central1/${collection}/${name}`;
const inRepository = (name: string) => `projects/my-app/locations/us/repositories/${name}`;
const CONTAINERS = { containers: [{ image: 'us-docker.pkg.dev/my-app/r/i' }] };

async function copyOf(assets: readonly object[], caller = 'user:alice@example.com') {
  const file = path.join(folder, 'a.json');
  await writeFile(file, assets.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const opened = await openAssets(file, { complete: true });
  const { estate, gaps } = await copyFromAssets(opened, { projects: ['my-app'], caller });
  const [project] = estate.projects;
  return { estate, project, gaps };
}

describe('a copy of an export', () => {
  it('keeps the order in which a virtual repository asks its upstreams, and tells of remote ones', async () => {
    const upstream = (id: string, priority: number) => ({ id, priority, repository: inRepository(id) });
    const { project, gaps } = await copyOf([
      ...[PROJECT, ...APIS],
      thing('artifactregistry.googleapis.com/Repository', inRepository('all'), {
        mode: 'VIRTUAL_REPOSITORY',
        virtualRepositoryConfig: { upstreamPolicies: [upstream('last', 1), upstream('first', 20)] },
      }),
      thing('artifactregistry.googleapis.com/Repository', inRepository('mirror'), {
        mode: 'REMOTE_REPOSITORY',
      }),
    ]);
    expect(project?.repositories).toEqual([
      {
        ...{ id: 'all', location: 'us' },
        upstreamPolicies: [
          { id: 'upstream-1', repository: inRepository('first'), priority: 2 },
          { id: 'upstream-2', repository: inRepository('last'), priority: 1 },
        ],
      },
      { id: 'mirror', location: 'us' },
    ]);
    expect(gaps).toContain(
      'that repository my-app/us/mirror is a REMOTE_REPOSITORY: the rehearsal has an ordinary one',
    );
  });

  it('has what an export of policies alone names', async () => {
    const members = ['user:alice@example.com'];
    const policy = (type: string, below: string, role: string) =>
      asset(type, below, { iam_policy: { bindings: [{ role, members }] } });
    const { project } = await copyOf([
      policy('cloudresourcemanager.googleapis.com/Project', 'projects/my-app', 'roles/run.developer'),
      policy(
        'artifactregistry.googleapis.com/Repository',
        'projects/111/locations/us/repositories/images',
        'roles/artifactregistry.reader',
      ),
      policy('secretmanager.googleapis.com/Secret', 'projects/my-app/secrets/key', 'roles/viewer'),
      ...[PROJECT, ...APIS],
    ]);
    expect(project).toMatchObject({
      repositories: [
        { id: 'images', location: 'us', iam: [{ role: 'roles/artifactregistry.reader', members }] },
      ],
      secrets: [{ id: 'key', iam: [{ role: 'roles/viewer', members }] }],
    });
  });

  it('has services, jobs and worker pools, each among its own', async () => {
    const { project, gaps } = await copyOf([
      ...[PROJECT, ...APIS],
      thing('run.googleapis.com/Service', inRun('services', 'web'), {
        template: CONTAINERS,
        invokerIamDisabled: true,
      }),
      thing('run.googleapis.com/Job', inRun('jobs', 'nightly'), {
        template: {
          template: {
            serviceAccount: 'job@my-app.iam.gserviceaccount.com',
            containers: [
              {
                image: 'us-docker.pkg.dev/my-app/r/i',
                env: [{ name: 'KEY', valueSource: { secretKeyRef: { secret: 'key', version: '2' } } }],
              },
            ],
          },
        },
      }),
      thing('run.googleapis.com/WorkerPool', inRun('workerPools', 'queue'), { template: CONTAINERS }),
    ]);
    const images = ['us-docker.pkg.dev/my-app/r/i'];
    const location = 'us-central1';
    expect(project).toMatchObject({
      runServices: [{ id: 'web', location, images }],
      runJobs: [
        {
          ...{ id: 'nightly', location, images, serviceAccount: 'job@my-app.iam.gserviceaccount.com' },
          secrets: [{ name: 'key', version: '2', env: 'KEY' }],
        },
      ],
      runWorkerPools: [{ id: 'queue', location, images }],
    });
    expect(gaps).toContain(
      'that web of my-app in us-central1 is open to all: the rehearsal checks its invokers',
    );
  });

  it('leaves out what nobody reaches without its API', async () => {
    const { project } = await copyOf([
      ...[PROJECT, api('artifactregistry')],
      thing('run.googleapis.com/Service', inRun('services', 'web'), { template: CONTAINERS }),
    ]);
    expect(project).toMatchObject({ services: ['artifactregistry.googleapis.com'], runServices: [] });
  });

  it('has the secret with a version that is enabled, and the one without', async () => {
    const version = (secret: string, number: string, state: string) =>
      thing(
        'secretmanager.googleapis.com/SecretVersion',
        `projects/111/secrets/${secret}/versions/${number}`,
        {
          state,
        },
      );
    const { project } = await copyOf([
      ...[PROJECT, ...APIS],
      ...['key', 'gone'].map((id) =>
        thing('secretmanager.googleapis.com/Secret', `projects/111/secrets/${id}`, {}),
      ),
      ...[version('key', '1', 'DESTROYED'), version('key', '2', 'ENABLED'), version('gone', '1', 'DISABLED')],
    ]);
    expect(project?.secrets).toEqual([
      { id: 'key', value: expect.stringContaining('placeholder') },
      { id: 'gone' },
    ]);
  });

  it('has the default account, and the custom roles of project and organization', async () => {
    const compute = '111-compute@developer.gserviceaccount.com';
    const role = (name: string) =>
      thing('iam.googleapis.com/Role', name, {
        name,
        title: 'T',
        stage: 'GA',
        includedPermissions: ['run.jobs.run'],
      });
    const { project, estate } = await copyOf([
      ...[PROJECT, ...APIS],
      thing('iam.googleapis.com/ServiceAccount', `projects/my-app/serviceAccounts/${compute}`, {
        email: compute,
        projectId: 'my-app',
        disabled: true,
      }),
      ...[
        role('projects/my-app/roles/one'),
        role('organizations/9/roles/two'),
        role('projects/other/roles/three'),
      ],
    ]);
    expect(project).toMatchObject({
      defaultServiceAccount: { disabled: true },
      serviceAccounts: [],
      customRoles: [{ id: 'one', title: 'T', stage: 'GA', permissions: ['run.jobs.run'] }],
    });
    expect(estate.organization).toMatchObject({ id: '9', customRoles: [{ id: 'two' }] });
  });

  it('lies in nothing where the organization above its folders is not known', async () => {
    const { project, estate, gaps } = await copyOf([
      { ...PROJECT, ancestors: ['projects/111', 'folders/7'] },
    ]);
    expect(project).not.toHaveProperty('parent');
    expect(estate).toMatchObject({ folders: [] });
    expect(gaps).toContain('what my-app lies in: the organization above its folders is not known');
  });

  it('names so many of the things that lack for one reason, and counts the rest', async () => {
    const file = path.join(folder, 'b.json');
    const accounts = ['a1', 'b2', 'c3', 'd4', 'e5'].map((id) => {
      const email = `${id}-worker@my-app.iam.gserviceaccount.com`;
      return thing('iam.googleapis.com/ServiceAccount', `projects/my-app/serviceAccounts/${email}`, {
        email,
        projectId: 'my-app',
      });
    });
    await writeFile(file, JSON.stringify([PROJECT, ...accounts]));
    const choice = { projects: ['my-app'], caller: 'user:alice@example.com' };
    const { gaps } = await copyFromAssets(await openAssets(file), choice);
    expect(gaps).toContainEqual(
      expect.stringMatching(
        /^the policy of projects\/my-app\/serviceAccounts\/a1-\S+, .* and 2 more: the export has no policy of any iam/,
      ),
    );
  });
});
