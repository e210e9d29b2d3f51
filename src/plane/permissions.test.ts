/** What each method asks, as it is seen to ask it, against the table of permissions.yaml. */
import { beforeAll, expect, it, vi } from 'vitest';
import { type AccessTable, recordAccess } from './testing-access.js';
import { recordDataAccess } from './testing-data-plane.js';
import { inWords, permissionsFile, permissionsPage } from './testing-permissions.js';
import { TestRoutes } from './testing-plane.js';

vi.setConfig({ hookTimeout: 120_000, testTimeout: 120_000 });

const file = permissionsFile();
let seen: AccessTable;
beforeAll(async () => {
  const plane = await TestRoutes.open();
  seen = { ...(await recordAccess(plane)), ...(await recordDataAccess(plane)) };
  await plane.close();
});

it('is what the table says, for every method of every API, every call of the registry, and of services themselves', () => {
  expect(inWords(seen)).toEqual(file.methods);
});

it('asks something of everybody but where the table says that it is open, or whose it is', () => {
  const silent = Object.values(seen).flatMap((methods) =>
    Object.entries(methods).filter(([, { kind, asked }]) => kind === 'permission' && asked.length === 0),
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});

it('has a note for methods of the table alone', () => {
  const names = Object.values(file.methods).flatMap((methods) => Object.keys(methods));
  const ends = new Set(names.flatMap((name) => [name, name.split('.').at(-1)]));
  expect(Object.keys(file.notes).filter((name) => !ends.has(name))).toEqual([]);
});

it('is what docs/permissions.md says; `npx vitest run src/plane/permissions.test.ts -u` makes it anew', async () => {
  await expect(permissionsPage(file)).toMatchFileSnapshot('../../docs/permissions.md');
});
