import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { canRun, reportWhatIsMissing } from '../testing-executor.js';
import { addOrdinaryUser, type OrdinaryUser } from '../testing-user.js';
import type { TaskName } from './testing-tasks.js';

reportWhatIsMissing();

/** Each test is a process that starts a process, on a machine that may have much else to do. */
const SLOW = { timeout: 60_000 };

/** The tasks as a program: the process in the namespaces needs one to load its part from. */
async function bundle(outdir: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'testing-tasks.ts')],
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', outdir, external: ['koffi'] },
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
    outExtension: { '.js': '.mjs' },
  });
}

describe.runIf(canRun).each(['many', 'one'] as const)('an ordinary user with %s ids', SLOW, (ids) => {
  let user: OrdinaryUser;
  let dataDir: string;

  beforeAll(async () => {
    user = addOrdinaryUser(ids);
    await bundle(join(user.home, 'bundle'));
    symlinkSync('checkout/node_modules', join(user.home, 'node_modules'));
    dataDir = join(user.home, 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    await promisify(execFile)('chown', [`${user.uid}`, dataDir]);
  });
  afterEach(async () => {
    await vi.waitFor(() => expect(user.processes()).toEqual([]));
    expect(readFileSync('/proc/self/mountinfo', 'latin1')).not.toContain(user.home);
  });
  afterAll(() => {
    user.remove();
    expect(existsSync(user.home)).toBe(false);
    expect(readFileSync('/etc/passwd', 'utf8')).not.toMatch(new RegExp(`:${user.uid}:`));
  });

  const run = async (task: TaskName): Promise<Record<string, unknown>> => {
    const [program = '', ...words] = user.prefix;
    const script = [process.execPath, join(user.home, 'bundle/testing-tasks.mjs'), dataDir, task];
    const { stdout } = await promisify(execFile)(program, [...words, ...script], { timeout: 50_000 });
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('runs containers as their users, where there are ids for them', async () => {
    const { said, describe: description } = await run('users');
    expect(said).toEqual(
      ids === 'many'
        ? [
            'uid=1234(app) gid=2345(app) groups=2345(app),3456(extra)',
            'uid=1234(app) gid=2345(app) groups=2345(app),3456(extra)',
            'uid=0(root) gid=0(root) groups=0(root)',
          ]
        : Array.from({ length: 3 }, () => 'uid=0(root) gid=0(root)'),
    );
    expect(description).toMatch(/^(crun|runc) \S+ as an ordinary user, in a user namespace; /);
    expect(description).toMatch(/memory and CPU limits are not enforced$/);
    expect(String(description).includes('whatever their USER')).toBe(ids === 'one');
  });

  it('has layers upon each other, with their whiteouts and owners', async () => {
    const { said, warnings } = await run('layers');
    expect(said).toEqual(['a:two', ids === 'many' ? '1234:2345' : '0:0']);
    expect(warnings).toEqual([]);
  });

  it('is told what fails', async () => {
    const { said, warnings } = await run('failures');
    expect(said).toEqual([
      expect.stringMatching(/^BadLayer: layer sha256:\w+: x is a character device$/),
      expect.stringMatching(/^Error: layer sha256:\w+ could not be unpacked: no blob$/),
      'StartFailure: Application failed to start: failed to load /no/such: no such file or directory',
      'StartFailure: unable to find user ghost: no matching entries in passwd file',
      'Error: ECONNREFUSED',
      'Error: EADDRNOTAVAIL',
      { code: 137, outOfMemory: false },
      'Error: ECONNREFUSED',
    ]);
    expect(warnings).toEqual([]);
  });

  it('gets every line that a container writes', async () => {
    const [exit, count, ...lines] = (await run('output')).said as unknown[];
    expect({ exit, count }).toEqual({ exit: { code: 3, outOfMemory: false }, count: 200_000 });
    expect(lines.filter((line) => line !== '! err')).toEqual(['', 'two', 'last']);
    expect(lines).toContain('! err');
  });

  it('has no process take memory far beyond its container’s limit', async () => {
    const { said } = await run('memory');
    expect(said).toEqual([expect.stringMatching(/^! dd: .*memory/), 1]);
  });

  it('goes on when the process in the namespaces is killed', async () => {
    const { said, warnings } = await run('killed');
    expect(said).toEqual([137, 137, 'again']);
    expect(warnings).toEqual([expect.stringMatching(/^the process in the user namespace has ended/)]);
  });

  it('shares a network and volumes among containers, and takes over what they connect to', async () => {
    const { said, warnings } = await run('sandbox');
    expect(said).toEqual([
      'StartFailure: container web of shared runs already',
      ...['shared', 'shared', 'hush 400', 'inside', 0],
      ...['shared metadata', 0],
      137,
      'Error: ECONNREFUSED',
      expect.stringMatching(/^StartFailure: /),
    ]);
    expect(warnings).toEqual([]);
  });

  it('keeps layers for the next start, and removes them where they are not to be kept', async () => {
    await run('keep');
    expect(readdirSync(join(dataDir, 'runtime/layers/sha256'))).toHaveLength(1);
    await run('users');
    expect(readdirSync(dataDir)).toEqual([]);
  });
});
