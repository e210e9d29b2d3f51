import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { noneExecutor } from './none.js';
import { openExecutor } from './open.js';
import { startAlone } from './testing-alone.js';
import { canRun } from './testing-executor.js';
import { shell } from './testing-images.js';

const options = { dataDir: '/nonexistent', onWarning: () => undefined };

it('with none, deploys and runs nothing, and says what to install', async () => {
  const executor = await openExecutor('none', options);
  await executor.prepare(shell('').layers);
  await executor.reap();
  await expect(startAlone(executor, shell(''))).rejects.toMatchObject({
    name: 'StartFailure',
    message: expect.stringContaining('apt-get install crun'),
  });
});

it('refuses every start with the reason why nothing runs', async () => {
  const executor = noneExecutor('neither crun nor runc is installed (apt-get install crun)');
  await expect(startAlone(executor, shell(''))).rejects.toThrow(/neither crun nor runc is installed/);
  expect(executor.describe).toMatch(/^none: neither crun/);
});

it('with auto, takes what the machine offers and says what that is', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sekisho-runtime-'));
  const executor = await openExecutor('auto', { ...options, dataDir });
  expect(executor.name).toBe(canRun ? 'oci' : 'none');
  expect(executor.describe).toMatch(
    canRun ? /^(crun|runc) \d\S* as root \(auto: (crun|runc) found, root\)$/ : /^none: /,
  );
  await executor.close();
  rmSync(dataDir, { recursive: true, force: true });
});
