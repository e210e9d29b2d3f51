// `npm run demo`: brings what the demo needs, then runs the command that the package installs.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureTools, isInstalled } from './tools.mjs';

const root = path.resolve(import.meta.dirname, '..');
const missing = isInstalled('runc') ? [] : ensureTools(['crun']);
for (const sentence of missing) process.stderr.write(`${sentence}\n`);
if (missing.length > 0) process.exit(1);
if (!existsSync(path.join(root, 'dist/sekisho.js'))) {
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
const demo = spawn(process.execPath, [path.join(root, 'bin/sekisho.js'), 'demo', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The demo removes what it has made before it ends: it is waited for, also after Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
demo.on('exit', (status) => process.exit(status ?? 1));
