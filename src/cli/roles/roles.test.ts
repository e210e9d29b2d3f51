import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../test-world.js';

let plain: string;
let synced: string;

beforeAll(async () => {
  plain = await mkdtemp(path.join(tmpdir(), 'sekisho-roles-'));
  synced = await mkdtemp(path.join(tmpdir(), 'sekisho-roles-'));
  const roles = [
    {
      name: 'roles/run.servicesInvoker',
      title: 'Invoker',
      stage: 'GA',
      includedPermissions: ['run.routes.invoke', 'run.services.get'],
    },
    { name: 'roles/new.admin', title: 'New', stage: 'BETA', includedPermissions: [] },
  ];
  const text = JSON.stringify({ schema: 'sekisho.roles/1', syncedAt: '2026-01-02T03:04:05Z', roles });
  await writeFile(path.join(synced, 'roles.json'), text);
});
afterAll(async () => {
  await rm(plain, { recursive: true, force: true });
  await rm(synced, { recursive: true, force: true });
});

const roles = (dataDir: string, ...words: string[]) => runCli(['roles', ...words, '--data', dataDir]);

describe('sekisho roles', () => {
  it('lists the roles in effect, and marks those that differ from the built-in ones', async () => {
    const { status, out } = await roles(synced, 'list');
    expect(status).toBe(0);
    expect(out).toMatch(/^\* roles\/new\.admin +New$/m);
    expect(out).toMatch(/^ {2}roles\/run\.admin +Cloud Run Admin$/m);
    const differing = await roles(synced, 'list', '--differing', '--format', 'json');
    expect(JSON.parse(differing.out)).toEqual([
      { name: 'roles/new.admin', title: 'New', stage: 'BETA', permissions: 0, differs: true },
      { name: 'roles/run.servicesInvoker', title: 'Invoker', stage: 'GA', permissions: 2, differs: true },
    ]);
    expect((await roles(plain, 'list', '--differing')).out).toBe('');
  });

  it('describes one as it is in effect', async () => {
    const { out } = await roles(synced, 'describe', 'roles/run.servicesInvoker', '--format', 'json');
    expect(JSON.parse(out).includedPermissions).toEqual(['run.routes.invoke', 'run.services.get']);
    expect((await roles(plain, 'describe', 'roles/run.servicesInvoker')).out).toContain(
      '\n  run.routes.invoke\n',
    );
    expect(await roles(plain, 'describe', 'roles/run.nobody')).toMatchObject({
      status: 1,
      err: 'sekisho: there is no predefined role roles/run.nobody\n',
    });
  });

  it('tells the difference', async () => {
    const { out } = await roles(synced, 'diff');
    expect(out).toContain('roles/new.admin (not built in)\n');
    expect(out).toContain('\nroles/run.servicesInvoker\n  ~ title: ');
    expect(out).toContain('\n  + run.services.get\n');
    expect((await roles(plain, 'diff')).out).toBe('No roles have been fetched; the built-in ones hold.\n');
    expect((await roles(plain, 'diff', '--lang', 'ja')).out).toContain('組み込みのロール');
  });

  it.each([
    [['describe', 'run.admin'], 64, "'run.admin' is no predefined role's name"],
    [['sync', '--role', 'projects/p/roles/r'], 64, "'projects/p/roles/r' is no predefined role's name"],
    [
      ['sync', '--access-token-file', '/nowhere/token'],
      1,
      'the access token in /nowhere/token cannot be read (ENOENT)',
    ],
  ] as const)('%s is refused', async (words, status, message) => {
    const run = await roles(plain, ...words);
    expect(run).toMatchObject({ status, out: '', err: expect.stringContaining(message) });
  });

  it('does not go by a file that cannot be read', async () => {
    await writeFile(path.join(plain, 'roles.json'), '{}');
    expect(await roles(plain, 'list')).toMatchObject({
      status: 1,
      err: expect.stringContaining('roles.json cannot be used'),
    });
    await rm(path.join(plain, 'roles.json'));
  });
});
