// Builds dist/: the executable and what other programs import, with chunks for what they share and what is loaded lazily.
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { writeDeclarations } from './declarations.mjs';
import './generate.mjs';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
// Built beside and put in place at the end, so that whoever runs the old one meanwhile is not disturbed.
const next = path.join(root, `dist.${process.pid}`);
await build({
  absWorkingDir: root,
  entryPoints: {
    sekisho: 'src/cli/main.ts',
    checkpoint: 'src/library/index.ts',
    testing: 'src/testing/index.ts',
    // What the threads run that read large exports: it is looked for under this name.
    'assets-worker': 'src/sources/assets/worker.ts',
  },
  outdir: next,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Native packages find their binaries beside themselves, and what is loaded lazily may be read from its package (and
  // google-auth-library finds what it needs for proxies only there); the others are bundled, which halves the start-up.
  external: ['libsql', 'koffi', '@peculiar/x509', 'reflect-metadata', 'undici', 'google-auth-library'],
  // What is bundled from CommonJS asks for Node's own modules by require().
  banner: {
    js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
  },
  // Less to read at every start, by a twentieth of its time; names stay, and so do lines that can be told apart.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  sourcemap: false,
  logLevel: 'warning',
});
writeDeclarations(['library/index.ts', 'testing/index.ts'], path.join(next, 'types'));
rmSync(dist, { recursive: true, force: true });
renameSync(next, dist);
