// `npm run bench [NAME…]`: bundles the benchmarks outside dist/, which is published, and runs them.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { ensureTools } from './tools.mjs';
import './build.mjs';

const root = path.resolve(import.meta.dirname, '..');
for (const sentence of ensureTools(['crun', 'skopeo'])) process.stderr.write(`${sentence}\n`);
await build({
  absWorkingDir: root,
  entryPoints: { main: 'bench/main.ts' },
  outdir: '.bench',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
const run = spawnSync(process.execPath, [path.join(root, '.bench/main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
