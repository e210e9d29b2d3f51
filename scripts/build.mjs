// Builds dist/: one bundle per entry, with chunks for what is loaded lazily. Packages stay outside the bundle, so
// that native ones find their binaries.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import './generate.mjs';

const root = path.resolve(import.meta.dirname, '..');
rmSync(path.join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { sekisho: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: false,
  logLevel: 'warning',
});
