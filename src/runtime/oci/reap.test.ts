import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { describe, expect, it, vi } from 'vitest';
import { startAlone } from '../testing-alone.js';
import { canRun, reportWhatIsMissing, useExecutor } from '../testing-executor.js';
import { shell } from '../testing-images.js';
import { leftovers, NOTHING } from '../testing-leftovers.js';

reportWhatIsMissing();

describe.runIf(canRun)('after a plane was killed', { timeout: 30_000 }, () => {
  const test = useExecutor();
  const left = () => ({ ...leftovers(test.dataDir), cgroups: [] });

  it('everything that it left is ended and removed, and nothing else', async () => {
    const mine = await startAlone(test.executor, shell('sleep 1000'));
    await killedPlane(test.dataDir);
    expect(left().monitors.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['orphan_helper', 'orphan_main', `${mine.id}_main`]),
    );
    await test.executor.reap();
    await vi.waitFor(() => expect(left().monitors.map(({ id }) => id)).toEqual([`${mine.id}_main`]));
    expect(left().directories).toEqual([`instances/${mine.id}_main`, `state/${mine.id}_main`]);
    await mine.stop(0);
    await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  });

  it('a start that it did not finish is removed too', async () => {
    mkdirSync(join(test.dataDir, 'runtime/instances/unfinished/l'), { recursive: true });
    mkdirSync(join(test.dataDir, 'runtime/state/unfinished'), { recursive: true });
    writeFileSync(join(test.dataDir, 'runtime/state/unfinished/status'), 'not json');
    await test.executor.reap();
    expect(left()).toEqual(NOTHING);
  });
});

/** A process of its own starts a container and is killed as soon as the container runs. */
async function killedPlane(dataDir: string): Promise<void> {
  const source = `
    import { openExecutor } from './src/runtime/index.js';
    import { containerOf } from './src/runtime/testing-alone.js';
    import { shell } from './src/runtime/testing-images.js';
    const executor = await openExecutor('oci', { dataDir: process.argv[2], onWarning: console.error });
    const volumes = [{ name: 'shared', kind: 'memory' }];
    const sandbox = await executor.open({ id: 'orphan', hostname: 'inside', volumes });
    const mounts = [{ volume: 'shared', path: '/shared', subPath: 'part' }];
    const stubborn = shell('trap "" TERM; echo running; while true; do sleep 1; done', {
      onOutput: (_, line) => console.log(line),
    });
    await sandbox.start(containerOf(shell('sleep 1000'), { name: 'helper', mounts }));
    await sandbox.start(containerOf(stubborn, { mounts }));
  `;
  const script = join(dataDir, 'plane.mjs');
  const options = { bundle: true, platform: 'node', format: 'esm', outfile: script } as const;
  buildSync({ ...options, stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' } });
  const env = { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') };
  const plane = spawn(process.execPath, [script, dataDir], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(plane.stdout), 'line')) as [string];
  plane.kill('SIGKILL');
  await once(plane, 'exit');
  expect(line).toBe('running');
}
