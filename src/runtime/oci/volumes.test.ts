import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerOf } from '../testing-alone.js';
import { canRun, reportWhatIsMissing, useExecutor } from '../testing-executor.js';
import { busyboxLayer, layerOf, shell } from '../testing-images.js';
import type { ContainerSpec, SharedVolume } from '../types.js';
import type { OciSandbox } from './sandbox.js';

const MiB = 2 ** 20;
let counter = 0;

reportWhatIsMissing();

describe.runIf(canRun)('volumes', { timeout: 30_000 }, () => {
  const test = useExecutor();
  const open = (...volumes: SharedVolume[]): Promise<OciSandbox> =>
    test.executor.open({ id: `volumes-${++counter}`, hostname: 'inside', volumes });
  const shared: SharedVolume = { name: 'shared', kind: 'memory' };
  const secrets = (...files: readonly (readonly [string, number, string])[]): SharedVolume => ({
    name: 'secrets',
    kind: 'files',
    files: files.map(([path, mode, text]) => ({ path, mode, contents: Buffer.from(text) })),
  });
  const at = (volume: string, path: string, subPath?: string) =>
    subPath === undefined ? { volume, path } : { volume, path, subPath };

  /** What a script says, by a container with these mounts. */
  async function run(
    sandbox: OciSandbox,
    script: string,
    mounts: ContainerSpec['mounts'],
    more: Partial<ContainerSpec> = {},
  ) {
    const lines: string[] = [];
    const onOutput = (_: string, line: string) => void lines.push(line);
    const spec = containerOf(shell(script), { name: `c${++counter}`, mounts, onOutput, ...more });
    return { ...(await (await sandbox.start(spec)).exited), lines };
  }

  describe('in memory', () => {
    it('are shared by all that mount them, whoever they run as, and outlive each of them', async () => {
      const sandbox = await open(shared);
      const config = { Cmd: ['sh', '-c', 'echo mine > /here/file'], User: '1234' };
      await run(sandbox, '', [at('shared', '/here')], { config });
      const { lines } = await run(sandbox, 'cat /there/new/file; stat -c %U /there/new/file', [
        at('shared', '/there/new'),
      ]);
      expect(lines).toEqual(['mine', 'app']);
      expect((await run(sandbox, 'ls /here', [])).code).not.toBe(0);
      await sandbox.close();
    });

    it('take no more than their size', async () => {
      const sandbox = await open({ ...shared, sizeBytes: 2 * MiB });
      const script = 'exec 2>&1; dd if=/dev/zero of=/v/big bs=1M count=4; stat -c %s /v/big';
      const { lines } = await run(sandbox, script, [at('shared', '/v')]);
      expect(lines).toContainEqual(expect.stringMatching(/No space left on device/));
      expect(lines.at(-1)).toBe(`${2 * MiB}`);
      await sandbox.close();
    });

    it('count towards the memory of whoever writes to them', async () => {
      const sandbox = await open(shared);
      const mounts = [at('shared', '/v')];
      const script = 'dd if=/dev/zero of=/v/big bs=1M count=200 2>&1';
      expect(await run(sandbox, script, mounts, { memoryBytes: 64 * MiB })).toMatchObject({
        outOfMemory: true,
      });
      await sandbox.close();
    });
  });

  describe('of files', () => {
    it('hold what they are given, with its modes, and cannot be written', async () => {
      const sandbox = await open(secrets(['password', 0o400, 'hush'], ['db/user', 0o444, 'me\n']));
      const script =
        'exec 2>&1; cat /s/password /s/db/user; cd /s; stat -c "%a %n" password db/user db .; echo x > new';
      const { code, lines } = await run(sandbox, script, [at('secrets', '/s')]);
      const modes = ['400 password', '444 db/user', '755 db', '755 .'];
      expect(lines).toEqual(['hushme', ...modes, expect.stringMatching(/Read-only file system/)]);
      expect(code).not.toBe(0);
      const config = { Cmd: ['sh', '-c', 'cat /s/db/user /s/password 2>&1'], User: '1234' };
      const other = await run(sandbox, '', [at('secrets', '/s')], { config });
      expect(other.lines).toEqual(['me', expect.stringMatching(/Permission denied/)]);
      await sandbox.close();
    });

    it('are in memory that is never swapped, and nowhere on disk', async () => {
      const sandbox = await open(secrets(['password', 0o400, 'hush']));
      const mounted = readFileSync('/proc/thread-self/mountinfo', 'utf8').split('\n');
      const ours = mounted.filter((line) =>
        line.includes(join(test.dataDir, 'runtime/instances', sandbox.id)),
      );
      expect(ours).toEqual([expect.stringMatching(/ - ramfs ramfs /)]);
      await sandbox.close();
    });

    it('do not lead out of their directory', async () => {
      for (const path of ['../out', '/out', 'a/../../out', '']) {
        await expect(open(secrets([path, 0o400, 'x']))).rejects.toThrow(/is not a path in a volume/);
      }
    });
  });

  describe('in part', () => {
    it('are a directory, made when missing, or a file', async () => {
      const sandbox = await open(shared, secrets(['db/user', 0o444, 'me']));
      const mounts = [at('shared', '/part', 'a/b'), at('secrets', '/etc/user', 'db/user')];
      expect((await run(sandbox, 'echo x > /part/file; cat /etc/user', mounts)).lines).toEqual(['me']);
      expect((await run(sandbox, 'cat /v/a/b/file', [at('shared', '/v')])).lines).toEqual(['x']);
      await sandbox.close();
    });

    it('stay inside, whatever links a container puts there', async () => {
      const sandbox = await open(shared);
      await run(sandbox, 'ln -s / /v/root; ln -s ../../../../etc /v/etc; touch /v/mark', [
        at('shared', '/v'),
      ]);
      expect((await run(sandbox, 'ls /x', [at('shared', '/x', 'root')])).lines).toEqual([
        'etc',
        'mark',
        'root',
      ]);
      const outside = run(sandbox, 'ls /x', [at('shared', '/x', 'etc/made')]);
      await expect(outside).rejects.toThrow(/the volume's etc\/made cannot be mounted: /);
      for (const path of ['../x', '/x', '.']) {
        const failed = run(sandbox, '', [at('shared', '/x', path)]);
        await expect(failed).rejects.toThrow(/is not a path in a volume/);
      }
      await sandbox.close();
    });

    it('that are not there are named', async () => {
      const sandbox = await open(secrets(['a', 0o444, 'x']));
      const missing = run(sandbox, '', [at('secrets', '/x', 'b')]);
      await expect(missing).rejects.toThrow("the volume's b cannot be mounted: ENOENT");
      await expect(run(sandbox, '', [at('none', '/x')])).rejects.toThrow('there is no volume none');
      await sandbox.close();
    });
  });

  it('may lie in each other', async () => {
    const sandbox = await open(shared, secrets(['key', 0o444, 'x']));
    const mounts = [at('secrets', '/v/deep/er'), at('shared', '/v')];
    expect((await run(sandbox, 'cat /v/deep/er/key; touch /v/new', mounts)).code).toBe(0);
    await sandbox.close();
  });

  it('are mounted in the container where the image has a link out of it', async () => {
    const name = `sekisho-mount-${process.pid}`;
    const link = layerOf([{ name: 'data', type: '2', linkname: `../../../../../..${tmpdir()}` }]);
    const sandbox = await open(shared);
    const layers = [busyboxLayer(), link];
    await run(sandbox, 'true', [at('shared', `/data/${name}`)], { layers });
    expect(existsSync(join(tmpdir(), name))).toBe(false);
    await sandbox.close();
  });
});
