// `npm test`: lint, types, then every test; the last line says how many passed. Arguments go to Vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { updateClients } from './clients.mjs';
import { ensureTools, isInstalled } from './tools.mjs';

const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'sekisho-test-'));
const report = path.join(scratch, 'report.json');
const calls = path.join(scratch, 'client-calls.jsonl');
writeFileSync(calls, '');

function run(command, args) {
  const env = { ...process.env, SEKISHO_CLIENT_CALLS: calls };
  return spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
}

const missing = ensureTools([
  'buildah',
  'busybox',
  'crun',
  'dockerd',
  'faketime',
  'newuidmap',
  'podman',
  'runc',
  'skopeo',
  'zstd',
]);
if (!isInstalled('gcloud'))
  missing.push('gcloud is not installed. See https://cloud.google.com/sdk/docs/install');
for (const sentence of missing) process.stderr.write(`${sentence}\n`);
if (missing.length > 0 && process.env.CI === 'true') process.exit(1);

for (const script of ['build', 'lint', 'typecheck']) {
  if (run('npm', ['run', '--silent', script]) !== 0) {
    process.stderr.write(`npm run ${script} failed\n`);
    process.stdout.write('0 passed, 1 failed\n');
    process.exit(1);
  }
}
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const status = run(process.execPath, [
  vitest,
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);
const {
  numPassedTests = 0,
  numFailedTests = 0,
  numFailedTestSuites = 0,
} = JSON.parse(readFileSync(report, 'utf8'));
let stale = 0;
if (process.argv.length === 2 && status === 0) {
  const inCi = process.env.CI === 'true';
  if (!updateClients(calls, report, inCi)) {
    const what = inCi ? 'is out of date: run npm test and commit it' : 'was brought up to date';
    process.stderr.write(`docs/clients.md ${what}\n`);
    if (inCi) stale = 1;
  }
}
rmSync(scratch, { recursive: true, force: true });
// A suite that could not even be loaded has no failed tests; it counts as one.
const failed = stale + (numFailedTests || (status === 0 ? 0 : Math.max(1, numFailedTestSuites)));
process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
process.exit(failed > 0 || status !== 0 ? 1 : 0);
