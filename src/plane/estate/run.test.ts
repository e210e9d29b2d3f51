import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { collections, keys, type ServiceRecord } from '../../deployments/index.js';
import type { EstateDocument, RunDocument } from '../../estate-file/index.js';
import { Closers } from '../closers.js';
import { planeOptions } from '../options.js';
import { openRooms } from '../rooms.js';
import { applyEstate } from './apply.js';
import { exportEstate } from './export.js';
import { testEstate } from './testing-estates.js';

const IMAGE = 'asia-northeast1-docker.pkg.dev/project-b/images/web:v1';
const RUNTIME = 'runtime@project-a.iam.gserviceaccount.com';

const web: RunDocument = {
  id: 'web',
  location: 'asia-northeast1',
  images: [IMAGE, 'asia-northeast1-docker.pkg.dev/project-b/images/proxy:v1'],
  serviceAccount: RUNTIME,
  secrets: [
    { name: 'password', version: 'latest', env: 'PASSWORD' },
    { name: 'certificate', version: '2', mount: '/secrets/certificate' },
  ],
  iam: [{ role: 'roles/run.invoker', members: ['allUsers'] }],
};

const ESTATE: EstateDocument = {
  projects: [
    {
      id: 'project-a',
      number: '111111111111',
      services: ['run.googleapis.com'],
      serviceAccounts: [{ id: 'runtime' }],
      runServices: [web],
      runJobs: [
        {
          id: 'nightly',
          location: 'us-central1',
          images: [IMAGE],
          secrets: [{ name: 's', version: 'latest', env: 'S' }],
        },
      ],
      runWorkerPools: [{ id: 'queue', location: 'us-central1', images: [IMAGE] }],
    },
  ],
};

function withRun(run: RunDocument): EstateDocument {
  return { projects: [{ id: 'project-a', runServices: [run] }] };
}

describe('Cloud Run resources of an estate', () => {
  it('are made where there are none, as a deploy makes them', async () => {
    const plane = testEstate('user:olga@example.com');
    const { changes } = await plane.apply(ESTATE);
    expect(changes.filter(({ kind }) => kind.startsWith('run'))).toMatchObject([
      { action: 'created', kind: 'runService', name: 'project-a/asia-northeast1/web' },
      { action: 'created', kind: 'runJob', name: 'project-a/us-central1/nightly' },
      { action: 'created', kind: 'runWorkerPool', name: 'project-a/us-central1/queue' },
    ]);
    const key = { project: 'project-a', location: 'asia-northeast1', name: 'web' };
    const service = (await plane.store.get<ServiceRecord>(collections.services.at(key)))?.value;
    expect(service).toMatchObject({
      creator: 'olga@example.com',
      generation: 1,
      observedGeneration: 0,
      spec: { template: { serviceAccount: RUNTIME } },
    });
    const revision = { ...key, name: service?.latestCreatedRevision ?? '' };
    expect((await plane.store.get(collections.revisions.at(revision)))?.value).toMatchObject({
      service: 'web',
      state: 'pending',
    });
    expect(await plane.store.list(keys.pending('service', key))).toHaveLength(1);
  });

  it('are written again by an export, to the same effect', async () => {
    const [one, other] = [testEstate(), testEstate()];
    await one.apply(ESTATE);
    const exported = await one.exported();
    expect(exported.projects?.[0]).toMatchObject({
      runServices: [web],
      runJobs: ESTATE.projects?.[0]?.runJobs,
      runWorkerPools: ESTATE.projects?.[0]?.runWorkerPools,
    });
    expect((await one.apply(exported, { exact: true })).changes).toEqual([]);
    await other.apply(exported);
    expect(await other.exported()).toEqual(exported);
  });

  it('stay as they are once they are there', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    await plane.apply(withRun({ ...web, images: ['nginx'] }));
    expect((await plane.exported()).projects?.[0]?.runServices?.[0]?.images).toEqual(web.images);
  });

  it('go with their project', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const { changes } = await plane.apply({ projects: [{ id: 'project-b' }] }, { exact: true });
    expect(changes.filter(({ kind }) => kind === 'runService')).toMatchObject([{ action: 'removed' }]);
    expect(await plane.store.list('run/services/')).toEqual([]);
  });

  it.each([
    [{ ...web, secrets: [{ name: 'password' }] }, /secrets\[password\]: either env or mount/],
    [{ ...web, images: [''] }, /images\[0\]/],
    [{ ...web, serviceAccount: 'nobody' }, /'nobody' is no service account's address/],
    [
      { id: 'web', location: 'us-central1', serviceAccount: RUNTIME },
      /serviceAccount: It is of use with images alone/,
    ],
    [
      {
        ...web,
        secrets: [
          { name: 'a', env: 'X' },
          { name: 'b', env: 'X' },
        ],
      },
      /X/,
    ],
  ])('are refused in the words of the API: %j', async (run, words) => {
    const plane = testEstate();
    await expect(plane.apply(withRun(run))).rejects.toThrow(words);
  });

  it('are there and not ready when their image is not, with the reason', async () => {
    const closers = new Closers();
    const dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-run-'));
    closers.add(() => rm(dataDir, { recursive: true, force: true }));
    try {
      const files = [{ name: 'estate.json', text: JSON.stringify(ESTATE) }];
      const rooms = await openRooms(planeOptions({ dataDir, memory: true, runtime: 'none' }), closers);
      await applyEstate(
        { ...rooms, owner: 'user:owner@example.com' },
        { files, exact: false, dryRun: false },
      );
      const key = { project: 'project-a', location: 'asia-northeast1', name: 'web' };
      const ready = await vi.waitFor(async () => {
        const { value } = await rooms.deployments.get(key);
        expect(value.observedGeneration).toBe(1);
        return value.conditions.find(({ type }) => type === 'Ready');
      });
      expect(ready).toMatchObject({ status: 'False', message: expect.stringContaining('images/web') });
      const { notes } = await exportEstate({ ...rooms, owner: 'user:owner@example.com' });
      expect(notes).toEqual([]);
    } finally {
      await closers.close();
    }
  });
});
