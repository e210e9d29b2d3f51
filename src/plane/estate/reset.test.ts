import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openLog } from '../../audit/index.js';
import { openIdentity } from '../../identity/index.js';
import { openRegistry } from '../../registry/index.js';
import { applyFirst, checkEstate } from './first.js';
import { resetPlane } from './reset.js';
import { NOW, testEstate } from './testing-estates.js';

const clock = () => NOW;
const ACCOUNT = 'runtime@project-a.iam.gserviceaccount.com';
const ESTATE = `
organization: { id: "10" }
groups: { a@example.com: [alice@example.com] }
projects:
  - id: project-a
    services: [run.googleapis.com]
    serviceAccounts: [{ id: runtime }]
    repositories: [{ id: docker, location: us }]
    runServices: [{ id: web, location: us-central1, iam: [{ role: roles/run.invoker, members: [allUsers] }] }]`;

const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

async function planeWithRooms() {
  const plane = testEstate();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-reset-'));
  directories.push(dataDir);
  const { store, access } = plane;
  const identity = await openIdentity({ store, clock });
  const log = openLog(store);
  const createRepository = () => Promise.reject(new Error('nothing is pushed here'));
  const registry = openRegistry({
    ...{ store, access, identity, log, clock, dataDir, createRepository },
    requireEnabled: () => {},
    onError: () => {},
  });
  await registry.seedPublicImages();
  return { ...plane, identity, log, registry };
}

const keysOf = async ({ store }: Awaited<ReturnType<typeof planeWithRooms>>) =>
  (await store.list('')).map(({ key }) => key);

describe('resetPlane', () => {
  it('leaves what was there at the first start, and what was revoked', async () => {
    const plane = await planeWithRooms();
    const principal = { kind: 'user', email: 'alice@example.com' } as const;
    const { token } = await plane.identity.mintAccessToken(principal);
    await plane.identity.revoke(token);
    const before = await keysOf(plane);
    await plane.apply(ESTATE);
    const account = await plane.identity.accounts.get(ACCOUNT);
    if (!account) throw new Error('no account');
    const minted = await plane.identity.mintAccessToken({ kind: 'serviceAccount', email: ACCOUNT });
    await plane.store.commit([
      { op: 'put', key: 'run/services/project-a/us-central1/web', value: {} },
      { op: 'put', key: 'run/services/cloudrun/us-central1/web', value: {} },
    ]);
    const entry = {
      logName: 'projects/project-a/logs/x',
      resource: { type: 'global', labels: {} },
      severity: 'DEFAULT',
      textPayload: 'late',
    } as const;
    plane.log.append('project-a', entry, NOW);
    const instancesStopped = async () => plane.log.append('project-a', entry, NOW);
    expect(await resetPlane({ ...plane, instancesStopped })).toEqual({ projects: 1 });
    expect(await keysOf(plane)).toEqual([...before, 'run/services/cloudrun/us-central1/web'].sort());
    await expect(plane.identity.verifyAccessToken(token)).rejects.toThrow('revoked');
    await expect(plane.identity.verifyAccessToken(minted.token)).rejects.toThrow('does not exist');
    await plane.identity.verifyAccessToken((await plane.identity.mintAccessToken(principal)).token);
  });

  it('looks again when somebody writes while it looks', async () => {
    const plane = await planeWithRooms();
    await plane.apply(ESTATE);
    const resetting = resetPlane({ ...plane, instancesStopped: async () => {} });
    await plane.store.commit([{ op: 'put', key: 'groups/late@example.com', value: [] }]);
    await resetting;
    expect(await plane.store.list('groups/')).toEqual([]);
  });
});

describe('the first estate', () => {
  it('is applied to a plane that has nothing but the sample images, and to no other', async () => {
    const plane = await planeWithRooms();
    const files = [{ name: 'estate.yaml', text: ESTATE }];
    expect(await applyFirst(plane, files)).toBe('applied');
    expect(await plane.access.projects.get('project-a')).toBeDefined();
    const other = [{ name: 'estate.yaml', text: 'projects: [{ id: project-b }]' }];
    expect(await applyFirst(plane, other)).toBe('left-alone');
    expect(await plane.access.projects.get('project-b')).toBeUndefined();
  });

  it('can be tried without a plane', async () => {
    await checkEstate({ owner: 'user:o@example.com', clock }, [{ name: 'good.yaml', text: ESTATE }]);
    await expect(
      checkEstate({ owner: 'user:o@example.com', clock }, [
        { name: 'bad.yaml', text: 'projects: [{ id: x }]' },
      ]),
    ).rejects.toThrow('bad.yaml:1:12: projects[0]: project_id');
  });
});
