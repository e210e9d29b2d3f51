/** Sandboxes in a real Docker daemon: containers that share a network and volumes, of which nothing is left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DockerExecutor } from '../src/runtime/docker/executor.js';
import { type DockerEngine, findDocker } from '../src/runtime/docker/index.js';
import type { DockerSandbox } from '../src/runtime/docker/sandbox.js';
import type { ContainerSpec, SharedVolume } from '../src/runtime/index.js';
import { containerOf } from '../src/runtime/testing-alone.js';
import { get } from '../src/runtime/testing-executor.js';
import { shell } from '../src/runtime/testing-images.js';
import { DockerDaemon, enterOwnNetwork } from './support/docker-daemon.js';
import { at, listAt } from './support/rest.js';
import { canRun } from './support/tools.js';

const MiB = 2 ** 20;

describe.runIf(canRun('dockerd'))('a sandbox in Docker', () => {
  let leave: () => void;
  let daemon: DockerDaemon;
  let engine: DockerEngine;
  let dataDir: string;
  let executor: DockerExecutor;
  const warnings: string[] = [];
  let counter = 0;

  const executorOf = () => new DockerExecutor(engine, { dataDir, onWarning: (said) => warnings.push(said) });

  beforeAll(async () => {
    leave = enterOwnNetwork();
    dataDir = mkdtempSync(path.join(tmpdir(), 'sekisho-docker-sandbox-'));
    daemon = await DockerDaemon.start();
    const found = await findDocker(daemon.env);
    if (typeof found === 'string') throw new Error(found);
    engine = found;
    executor = executorOf();
  });
  afterEach(async () => {
    expect(await held()).toEqual([]);
    expect(warnings.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await executor?.close();
    await daemon?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
    leave();
  });

  /** Containers and volumes of ours that the daemon has, by name. */
  const held = async (): Promise<string[]> => {
    const containers = listAt(await engine.json('GET', '/containers/json', { query: { all: '1' } }));
    const volumes = listAt(await engine.json('GET', '/volumes'), 'Volumes');
    return [
      ...containers.flatMap((each) => at(each, 'Names')),
      ...volumes.map((each) => at(each, 'Name')),
    ].map(String);
  };
  const open = (...volumes: SharedVolume[]): Promise<DockerSandbox> =>
    executor.open({ id: `shared-${++counter}`, hostname: 'inside', volumes });
  const container = (name: string, script: string, mounts: ContainerSpec['mounts'] = []) =>
    containerOf(shell(script), { name, mounts });

  /** What a script says, run to its end. */
  async function run(
    sandbox: DockerSandbox,
    script: string,
    mounts: ContainerSpec['mounts'] = [],
    User = '',
  ) {
    const lines: string[] = [];
    const onOutput = (_: string, line: string) => void lines.push(line);
    const config = { Cmd: ['sh', '-c', script], User };
    const spec = containerOf(shell('', { config, onOutput }), { name: `c${++counter}`, mounts });
    return { ...(await (await sandbox.start(spec)).exited), lines };
  }

  it('has one network and host name for its containers, each of which may come and go', async () => {
    const sandbox = await open();
    const serve = (text: string, port: number) =>
      `echo ${text} > /www/index.html; exec httpd -f -p ${port} -h /www`;
    const first = await sandbox.start(container('first', serve('one', 8080)));
    await sandbox.start(container('second', serve('two', 9090)));
    expect(await Promise.all([get(sandbox), get(sandbox, 9090)])).toEqual(['one\n', 'two\n']);
    expect(await first.stop(0)).toMatchObject({ code: 137 });
    const script = 'wget -qO- http://localhost:9090/; hostname; cat /proc/[0-9]*/comm | grep -c httpd';
    expect((await run(sandbox, script)).lines).toEqual(['two', 'inside', '0']);
    await sandbox.start(container('first', serve('again', 8080)));
    expect(await get(sandbox)).toBe('again\n');
    await sandbox.close();
    await expect(sandbox.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(sandbox.start(container('late', ''))).rejects.toThrow(/is closed/);
  });

  it('has volumes in memory that outlive the containers, of no more than their size', async () => {
    const sandbox = await open({ name: 'v', kind: 'memory', sizeBytes: 2 * MiB });
    const mounts = [{ volume: 'v', path: '/www' }];
    expect((await run(sandbox, 'echo mine > /www/file; ls /www', mounts, '1234')).lines).toEqual(['file']);
    const script =
      'cat /www/file; dd if=/dev/zero of=/www/big bs=1M count=4 2>/dev/null; stat -c %s /www/big';
    const { lines } = await run(sandbox, script, mounts);
    expect(lines[0]).toBe('mine');
    expect(Number(lines[1])).toBeLessThan(2 * MiB);
    await expect(run(sandbox, '', [{ volume: 'none', path: '/x' }])).rejects.toThrow(
      'there is no volume none',
    );
    await sandbox.close();
  });

  it('has volumes of files, in memory, which cannot be written', async () => {
    const file = (name: string, mode: number, text: string) => ({
      path: name,
      mode,
      contents: Buffer.from(text),
    });
    const files = [
      file('password', 0o400, 'hush\n'),
      file('db/user', 0o444, 'me\n'),
      file('db/host', 0o444, 'x'),
    ];
    const sandbox = await open({ name: 's', kind: 'files', files });
    const mounts = [{ volume: 's', path: '/s' }];
    const script = `exec 2>&1; cd /s; cat password db/user; stat -c "%a %n" password db/user db .; echo x > new
      grep -o ' /s tmpfs ro' /proc/mounts`;
    expect((await run(sandbox, script, mounts)).lines).toEqual([
      ...['hush', 'me', '400 password', '444 db/user', '755 db', '755 .'],
      ...[expect.stringMatching(/Read-only file system/), ' /s tmpfs ro'],
    ]);
    const other = await run(sandbox, 'cat /s/db/user /s/password 2>&1', mounts, '1234');
    expect(other.lines).toEqual(['me', expect.stringMatching(/Permission denied/)]);
    await sandbox.close();
  });

  it('says so when the daemon cannot mount a part of a volume', async () => {
    const sandbox = await open({ name: 'v', kind: 'memory' });
    const mounts = [{ volume: 'v', path: '/part', subPath: 'a/b' }];
    const outcome = await run(sandbox, 'touch /part/x; ls /part', mounts).catch((error: unknown) =>
      String(error),
    );
    const old = Number(engine.apiVersion) < 1.45;
    expect(outcome).toEqual(
      old
        ? expect.stringMatching(/StartFailure: .* needs Docker API 1.45/)
        : expect.objectContaining({ lines: ['x'] }),
    );
    await sandbox.close();
  });

  it('is removed with its volumes by the next plane when its own was killed', async () => {
    const crashed = executorOf();
    const left = await crashed.open({ id: 'left', hostname: 'x', volumes: [{ name: 'v', kind: 'memory' }] });
    await left.start(container('main', 'sleep 1000', [{ volume: 'v', path: '/v' }]));
    const mine = await open({ name: 'v', kind: 'memory' });
    expect(await held()).toHaveLength(5);
    await executor.reap();
    const names = (await held()).map((name) => name.replace(/^.*-shared/, 'shared'));
    expect(names).toEqual([mine.id, `${mine.id}_0`].map((id) => id.replace(/^.*shared/, 'shared')));
    await mine.close();
    await left.close();
  });
});
