import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { predefinedRoles } from '../../iam/index.js';
import { fetchPredefinedRoles, type GoogleAnswer } from './google.js';
import { planeRoles, type SyncedRoles } from './index.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-roles-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const ok = (body: unknown): GoogleAnswer => ({ status: 200, text: JSON.stringify(body) });
const viewer = {
  name: 'roles/run.viewer',
  title: 'Cloud Run Viewer',
  stage: 'GA',
  includedPermissions: ['run.services.get', 'compute.instances.get', 'run.newThings.get'],
};
const compute = { name: 'roles/compute.admin', title: 'Compute Admin', includedPermissions: ['compute.x.y'] };

describe('fetching roles', () => {
  it('follows the pages, and keeps the permissions of the services here', async () => {
    const asked: string[] = [];
    const roles = await fetchPredefinedRoles([], async (url) => {
      asked.push(url);
      return url.includes('pageToken=next')
        ? ok({ roles: [compute] })
        : ok({ roles: [viewer], nextPageToken: 'next' });
    });
    const base = 'https://iam.googleapis.com/v1/roles?view=FULL&pageSize=1000';
    expect(asked).toEqual([base, `${base}&pageToken=next`]);
    expect(roles).toEqual([
      {
        ...{ name: viewer.name, title: viewer.title, description: '', stage: 'GA' },
        permissions: new Set(['run.newThings.get', 'run.services.get']),
      },
      // The first stage is the one that the API does not write.
      { name: compute.name, title: compute.title, description: '', stage: 'ALPHA', permissions: new Set() },
    ]);
  });

  it('asks for single roles by their names', async () => {
    const roles = await fetchPredefinedRoles(['roles/run.viewer'], async (url) => {
      expect(url).toBe('https://iam.googleapis.com/v1/roles/run.viewer');
      return ok(viewer);
    });
    expect(roles.map(({ name }) => name)).toEqual(['roles/run.viewer']);
  });

  it.each<[string, GoogleAnswer, string]>([
    ['a refusal', { status: 403, text: '{"error":{"message":"No."}}' }, 'The IAM API answered 403: No.'],
    ['a page of HTML', { status: 502, text: '<html>' }, 'The IAM API answered 502'],
    ['no JSON', { status: 200, text: 'hello' }, 'The IAM API answered something that is no JSON object.'],
    ['no roles', ok({}), 'The IAM API answered without a list of roles.'],
    [
      'a custom role',
      ok({ roles: [{ name: 'projects/p/roles/x' }] }),
      'is not the name of a predefined role',
    ],
    ['an unknown stage', ok({ roles: [{ name: 'roles/x', stage: 'OMEGA' }] }), 'the stage of roles/x'],
    ['a page without end', ok({ roles: [], nextPageToken: 'x' }), 'does not end after 100 pages'],
  ])('says what is wrong with %s', async (_, answer, message) => {
    await expect(fetchPredefinedRoles([], async () => answer)).rejects.toThrow(message);
  });
});

describe('the file of synced roles', () => {
  const synced: SyncedRoles = {
    syncedAt: '2026-01-02T03:04:05.678Z',
    roles: [
      {
        name: 'roles/run.invoker',
        title: 'Cloud Run Invoker',
        description: 'Can invoke a Cloud Run service.',
        stage: 'GA',
        permissions: new Set(['run.jobs.run', 'run.routes.invoke', 'run.newThings.get']),
      },
      {
        name: 'roles/new.admin',
        title: 'New',
        description: '',
        stage: 'BETA',
        permissions: new Set(['run.services.get']),
      },
    ],
  };

  it('is laid over the built-in catalogue', async () => {
    expect(await planeRoles.read(dir)).toBeUndefined();
    expect(await planeRoles.of(dir)).toBe(predefinedRoles);
    await planeRoles.save(dir, synced);
    expect(new Set((await planeRoles.read(dir))?.roles)).toEqual(new Set(synced.roles));
    const roles = await planeRoles.of(dir);
    expect(roles.get('roles/run.invoker')?.permissions.has('run.newThings.get')).toBe(true);
    expect(roles.get('roles/new.admin')?.title).toBe('New');
    expect(roles.get('roles/run.admin')).toBe(predefinedRoles.get('roles/run.admin'));
    expect(roles.list()).toHaveLength(predefinedRoles.list().length + 1);
  });

  it('tells how its roles differ', () => {
    expect(planeRoles.differences(synced)).toEqual([
      { name: 'roles/new.admin', builtIn: false, added: ['run.services.get'], removed: [], changed: [] },
      expect.objectContaining({
        name: 'roles/run.invoker',
        builtIn: true,
        added: ['run.newThings.get'],
        removed: ['run.instances.invoke'],
      }),
    ]);
    expect(planeRoles.differences({ ...synced, roles: predefinedRoles.list() })).toEqual([]);
  });

  it.each([
    ['{', 'cannot be used: '],
    ['[]', 'is no object'],
    ['{"schema": "sekisho.roles/2"}', 'its schema is "sekisho.roles/2"'],
    ['{"schema": "sekisho.roles/1", "roles": []}', 'does not say when'],
    ['{"schema": "sekisho.roles/1", "syncedAt": "2026-01-01", "roles": [{"name": 7}]}', '7 is not the name'],
    [
      '{"schema": "sekisho.roles/1", "syncedAt": "2026-01-01", "roles": [{"name": "roles/x"}, {"name": "roles/x"}]}',
      'names a role twice',
    ],
  ])('is refused when it is %s', async (text, message) => {
    await writeFile(path.join(dir, 'roles.json'), text);
    await expect(planeRoles.of(dir)).rejects.toThrow(message);
    await expect(planeRoles.of(dir)).rejects.toThrow('sekisho roles sync');
  });
});
