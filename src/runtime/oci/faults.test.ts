import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { containerOf, startAlone } from '../testing-alone.js';
import { canRun, get, reportWhatIsMissing, useExecutor } from '../testing-executor.js';
import { shell } from '../testing-images.js';
import { leftovers, NOTHING } from '../testing-leftovers.js';
import { DEFAULT_LIMITS } from './limits.js';
import { askRuntime, findRuntime, RuntimeCommands } from './oci-runtime.js';

reportWhatIsMissing();

const directory = mkdtempSync(join(tmpdir(), 'sekisho-fake-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A runtime that does what it is told for `run` or `delete`, and else what the real one does. */
const found = await findRuntime(DEFAULT_LIMITS.probeMs);
const real = typeof found === 'string' ? '' : found.program;
const fake = join(directory, 'crun');
function behave(cases: Readonly<Record<string, string>>): void {
  const arms = Object.entries(cases).map(([command, does]) => `*" ${command} "*) ${does} ;;`);
  const script = ['#!/bin/sh', 'case " $* " in', ...arms, 'esac', `exec ${real} "$@"`];
  writeFileSync(fake, `${script.join('\n')}\n`);
  chmodSync(fake, 0o755);
}

const LIMITS = { probeMs: 300, startMs: 700, deleteMs: 300, endMs: 300 };

describe.runIf(canRun)('a runtime', { timeout: 30_000 }, () => {
  const test = useExecutor({ program: () => fake, limits: LIMITS });
  const left = () => ({ ...leftovers(test.dataDir), cgroups: [] });
  const name = () => `crun \\d\\S* \\(${fake}\\)`.replace('crun', '(crun|runc)');

  /** Fails to start, with this message; the operator is told too, of the binary, and nothing is left. */
  const failsToStart = async (message: RegExp) => {
    await expect(startAlone(test.executor, shell('sleep 1000'))).rejects.toMatchObject({
      name: 'StartFailure',
      message: expect.stringMatching(message),
    });
    expect(test.warnings()).toEqual([expect.stringMatching(new RegExp(name()))]);
    await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  };

  it.each([
    ['hangs', 'exec sleep 1000', /had not started the container after 0.7 s and was killed$/],
    ['hangs together with what it started', 'sleep 1000 & sleep 1000', /had not started .* and was killed$/],
    ['leaves a process in another session', 'exec setsid sleep 1000', /exited with 0, without a word$/],
    ['writes without end', 'exec yes', /had not started the container after 0.7 s and was killed$/],
    ['fails', 'echo no such luck >&2; exit 1', /it exited with 1, saying: no such luck$/],
    ['does nothing', 'exit 0', /could not start the container: it exited with 0, without a word$/],
    ['is killed', 'kill -9 $$', /it was ended by signal 9, without a word$/],
    [
      'fails and leaves a process that holds its output',
      'sleep 1000 & exit 1',
      /exited with 1, without a word$/,
    ],
    [
      'fails after megabytes',
      'yes $(seq 1 999) | head -c 5000000 >&2; exit 2',
      /it exited with 2, saying: 1 2 3 .*…$/,
    ],
    ['lies about the container', `echo 1 > $\{5#--pid-file=}; exec sleep 1000`, /was killed$/],
  ])('that %s is ended', async (_, does, message) => {
    behave({ run: does });
    await failsToStart(message);
  });

  it('that cannot be executed is named', async () => {
    writeFileSync(fake, 'neither a binary nor a script');
    await failsToStart(/could not start the container: it exited with 127/);
  });

  it('that makes the container and does not start it is ended with the container', async () => {
    behave({ run: `args=$(echo "$@" | sed "s/ run / create /"); ${real} $args; exec sleep 1000` });
    await failsToStart(/had not started the container/);
  });

  it('that hangs for one container does not keep others from running', async () => {
    behave({ run: 'case "$*" in *-hanging_main) exec sleep 1000 ;; esac' });
    const hanging = startAlone(test.executor, shell('', { id: `test-${process.pid}-hanging` }));
    const failed = expect(hanging).rejects.toThrow(/was killed/);
    const instance = await startAlone(test.executor, shell('exec httpd -f -p 8080 -h /www'));
    expect(await get(instance)).toBe('hello from busybox\n');
    await failed;
    expect(test.warnings()).toHaveLength(1);
    await instance.stop(0);
  });

  it('that outlives its container is ended', async () => {
    behave({ run: `trap '' TERM; ${real} "$@"; exec sleep 1000` });
    const instance = await startAlone(test.executor, shell('sleep 0.1'));
    expect(await instance.exited).toEqual({ code: 137, outOfMemory: false });
    expect(test.warnings()).toEqual([expect.stringMatching(/still ran 0.3 s after its container.s end/)]);
  });

  it('that outlives its container is ended by a stop too', async () => {
    behave({ run: `trap '' TERM; ${real} "$@"; exec sleep 1000` });
    const instance = await startAlone(test.executor, shell("trap '' TERM; while true; do sleep 1; done"));
    expect(await instance.stop(50)).toEqual({ code: 137, outOfMemory: false });
    expect(test.warnings()).toEqual([expect.stringMatching(/still ran .* and was killed/)]);
  });

  it('is not needed to end what it has left behind', async () => {
    behave({ delete: 'exec sleep 1000' });
    const instance = await startAlone(test.executor, shell('sleep 1000'));
    for (const { pid } of left().monitors) process.kill(pid, 'SIGKILL');
    expect(await instance.exited).toMatchObject({ code: 137 });
  });

  it('that hangs when it is to delete, where control groups do not help, loses what it should delete', async () => {
    behave({ delete: 'exec sleep 1000' });
    const state = join(directory, 'state');
    mkdirSync(join(state, 'some-instance'), { recursive: true });
    const commands = new RuntimeCommands({ program: fake, version: 'crun 1' }, state, false, LIMITS);
    const expected = /^crun 1 \(.*\) delete had not ended after 0.3 s and was killed$/;
    await expect(commands.delete('some-instance')).rejects.toThrow(expected);
    expect(readdirSync(state)).toEqual([]);
    await commands.delete('some-instance');
  });

  it('keeps a container waiting that writes more than is read, and loses none of it', async () => {
    behave({});
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let lines = 0;
    const count = () => void lines++;
    const room = () => (lines > 1000 ? held : undefined);
    const spec = shell('seq 1 600000', { onOutput: count });
    const sandbox = await test.executor.open({ id: spec.id, hostname: spec.hostname, volumes: [] });
    const container = await sandbox.start(containerOf(spec), room);
    await vi.waitFor(() => expect(lines).toBeGreaterThan(1000));
    expect(lines).toBeLessThan(400_000);
    release?.();
    expect(await container.exited).toMatchObject({ code: 0 });
    expect(lines).toBe(600_000);
    await sandbox.close();
  });
});

describe('asked for its version, a runtime', () => {
  const asked = async (does: string) => {
    writeFileSync(fake, `#!/bin/sh\n${does}\n`);
    chmodSync(fake, 0o755);
    vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
    try {
      return await askRuntime('crun', 300);
    } finally {
      vi.unstubAllEnvs();
    }
  };

  it.each([
    ['that answers is usable', 'echo "crun version 9.9.9"', { kind: 'usable' }],
    ['that hangs is not', 'exec sleep 1000', { kind: 'broken', reason: /had not ended after 0.3 s/ }],
    ['that fails is not', 'echo broken >&2; exit 4', { kind: 'broken', reason: /exited with 4: broken$/ }],
    ['that is killed is not', 'kill -11 $$', { kind: 'broken', reason: /was ended by SIGSEGV$/ }],
    ['that says nothing is not', 'exit 0', { kind: 'broken', reason: /does not say a version$/ }],
    ['that says no end is not', 'exec yes', { kind: 'broken', reason: /was killed: y \| y .*…$/ }],
  ])('%s', async (_, does, { kind, ...said }) => {
    const answer = await asked(does);
    expect(answer.kind).toBe(kind);
    if ('reason' in said) expect(answer).toMatchObject({ reason: expect.stringMatching(said.reason ?? /./) });
  });
});
