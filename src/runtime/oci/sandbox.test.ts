import { describe, expect, it, vi } from 'vitest';
import { containerOf } from '../testing-alone.js';
import { canRun, get, reportWhatIsMissing, useExecutor } from '../testing-executor.js';
import { shell } from '../testing-images.js';
import type { ContainerSpec, SandboxSpec } from '../types.js';
import type { OciSandbox } from './sandbox.js';

const MiB = 2 ** 20;
let counter = 0;

reportWhatIsMissing();

describe.runIf(canRun)('a sandbox', { timeout: 30_000 }, () => {
  const test = useExecutor();
  const open = (more: Partial<SandboxSpec> = {}): Promise<OciSandbox> =>
    test.executor.open({ id: `sandbox-${++counter}`, hostname: 'inside', volumes: [], ...more });
  const container = (name: string, script: string, more: Partial<ContainerSpec> = {}) =>
    containerOf(shell(script), { name, ...more });
  const serve = (text: string, port: number) =>
    `echo ${text} > /www/index.html; exec httpd -f -p ${port} -h /www`;
  const fetching = (port: number) => `until wget -qO- http://localhost:${port}/; do sleep 0.02; done`;

  /** Runs a container to its end. */
  async function run(sandbox: OciSandbox, spec: ContainerSpec) {
    const lines: string[] = [];
    const onOutput = (_: string, line: string) => void lines.push(line);
    return { ...(await (await sandbox.start({ ...spec, onOutput })).exited), lines };
  }

  it('has one network for its containers, each with files and a port of its own', async () => {
    const sandbox = await open();
    await Promise.all([
      sandbox.start(container('one', serve('one', 8080))),
      sandbox.start(container('two', serve('two', 9090))),
    ]);
    expect(await Promise.all([get(sandbox), get(sandbox, 9090)])).toEqual(['one\n', 'two\n']);
    const { lines } = await run(
      sandbox,
      container('three', `${fetching(9090)} 2>/dev/null; cat /www/index.html`),
    );
    expect(lines).toEqual(['two', 'hello from busybox']);
    await sandbox.close();
  });

  it('is apart from other sandboxes', async () => {
    const [one, other] = await Promise.all([open(), open()]);
    await one.start(container('main', serve('mine', 8080)));
    expect(await get(one)).toBe('mine\n');
    await expect(other.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await Promise.all([one.close(), other.close()]);
  });

  it('goes on when a container ends, whose name may then be used again', async () => {
    const sandbox = await open();
    await sandbox.start(container('web', serve('web', 8080)));
    const helper = () => container('helper', 'exit 4');
    expect(await run(sandbox, helper())).toMatchObject({ code: 4 });
    expect(await run(sandbox, helper())).toMatchObject({ code: 4 });
    expect(await get(sandbox)).toBe('web\n');
    await expect(sandbox.start(container('web', ''))).rejects.toThrow(/container web of .* runs already/);
    await sandbox.close();
  });

  it('goes on when a container cannot be started', async () => {
    const sandbox = await open();
    await sandbox.start(container('web', serve('web', 8080)));
    const unknown = container('other', '', { command: ['/no/such'] });
    await expect(sandbox.start(unknown)).rejects.toThrow(
      'failed to load /no/such: no such file or directory',
    );
    const invalid = sandbox.start(container('../other', ''));
    await expect(invalid).rejects.toThrow(/is not a container's name/);
    expect(await get(sandbox)).toBe('web\n');
    await sandbox.close();
  });

  it('gives each container its own limits', async () => {
    const sandbox = await open();
    const web = await sandbox.start(container('web', serve('web', 8080)));
    const Cmd = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'];
    const hungry = container('hungry', '', { config: { Cmd }, memoryBytes: 64 * MiB });
    expect(await run(sandbox, hungry)).toMatchObject({ code: 137, outOfMemory: true });
    expect(await get(sandbox)).toBe('web\n');
    expect(await web.stop(0)).toMatchObject({ outOfMemory: false });
    await sandbox.close();
  });

  it('keeps the processes of its containers apart, under one name of the host', async () => {
    const sandbox = await open();
    await sandbox.start(container('sleeper', 'exec sleep 1000'));
    const script =
      'cat /proc/[0-9]*/comm | grep -c sleep; hostname; grep -c inside /etc/hosts; echo $HOSTNAME';
    const { lines } = await run(sandbox, container('looker', script));
    expect(lines).toEqual(['0', 'inside', '1', 'inside']);
    await sandbox.close();
  });

  it('has containers work where they are told to', async () => {
    const sandbox = await open();
    const config = { Cmd: ['pwd'], WorkingDir: '/srv' };
    expect((await run(sandbox, container('a', '', { config, workingDir: '/www' }))).lines).toEqual(['/www']);
    expect((await run(sandbox, container('a', '', { config }))).lines).toEqual(['/srv']);
    await expect(run(sandbox, container('a', '', { config, workingDir: 'www' }))).rejects.toThrow(
      /not absolute/,
    );
    await sandbox.close();
  });

  it('closes at once, whatever its containers are up to, and is over then', async () => {
    const sandbox = await open();
    const lines: string[] = [];
    const onOutput = (_: string, line: string) => void lines.push(line);
    const stubborn = "trap 'echo term' TERM; echo ready; while true; do sleep 0.01; done";
    const running = await Promise.all(
      ['one', 'two'].map((name) => sandbox.start(container(name, stubborn, { onOutput }))),
    );
    const late = sandbox.start(container('late', 'exec sleep 1000'));
    await vi.waitFor(() => expect(lines).toEqual(['ready', 'ready']));
    await late;
    await Promise.all([sandbox.close(), sandbox.close()]);
    expect(await Promise.all(running.map(({ exited }) => exited))).toMatchObject([
      { code: 137 },
      { code: 137 },
    ]);
    expect(lines).toEqual(['ready', 'ready']);
    await expect(sandbox.start(container('more', ''))).rejects.toThrow(/is closed/);
    await expect(sandbox.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('may be closed while a container starts', async () => {
    const sandbox = await open();
    const starting = sandbox.start(container('main', 'exec sleep 1000'));
    await sandbox.close();
    await expect(starting.then(({ exited }) => exited)).rejects.toThrow(/is closed/);
  });

  it('has an id of its own', async () => {
    const sandbox = await open({ id: 'taken' });
    await expect(open({ id: 'taken' })).rejects.toThrow(/is open already/);
    await expect(open({ id: '../x' })).rejects.toThrow(/is not a sandbox's id/);
    await sandbox.close();
    await (await open({ id: 'taken' })).close();
  });
});
