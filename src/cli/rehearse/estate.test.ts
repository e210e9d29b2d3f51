import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../test-world.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-rehearse-'));
  await writeFile(path.join(dir, 'estate.yaml'), 'projects: [{ id: myproject-app }]\n');
  await writeFile(path.join(dir, 'bad.yaml'), 'projects: [{ id: NO }]\n');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const rehearse = (...args: readonly string[]) => runCli(['rehearse', ...args]);

describe('a rehearsal on an estate file', () => {
  it('runs the command on a plane of that estate, and ends as it ends', async () => {
    const script = 'process.exit(process.env.SEKISHO_AS || process.env.HTTPS_PROXY ? 7 : 8)';
    const { status, err } = await rehearse(
      ...['--source', `estate=${dir}/estate.yaml`, '--as', 'alice@example.com', '--project', 'myproject-app'],
      ...['--', process.execPath, '-e', script],
    );
    expect(err).toContain(
      `The estate is that of ${dir}/estate.yaml; the command acts as user:alice@example.com.`,
    );
    expect(err).toContain('Nothing was refused');
    expect(status).toBe(7);
  }, 60_000);

  it.each([
    [['--source', 'plane', '--as', 'a@example.com'], 'sekisho exec'],
    [['--source', 'estate=estate.yaml'], '--as MEMBER'],
    [['--source', 'estate=none.yaml', '--as', 'a@example.com'], 'none.yaml cannot be read (ENOENT)'],
    [
      ['--source', 'estate=estate.yaml', '--as', 'a@example.com', '--groups', 'g.yaml'],
      '--groups is for copies',
    ],
    [
      ['--source', 'estate=estate.yaml', '--as', 'a@example.com', '--complete'],
      '--complete is said of exports',
    ],
    [[], '--project ID'],
  ])('refuses %j with 64', async (args, said) => {
    const { status, err } = await rehearse(...args, '--', 'true');
    expect(err).toContain(said);
    expect(status).toBe(64);
  });

  it('names what is wrong with the file', async () => {
    const { status, err } = await rehearse(
      ...['--source', `estate=${dir}/bad.yaml`, '--as', 'a@example.com', '--', 'true'],
    );
    expect(err).toContain('bad.yaml');
    expect(status).not.toBe(0);
  });
});
