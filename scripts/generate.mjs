// Generates src/google/gen from Google's published protos (npm package google-proto-files) with buf. Offline; about
// 6 s, so it is skipped while its inputs are unchanged.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const stamp = path.join(root, 'src/google/gen/.stamp');

const inputs = [
  'buf.gen.yaml',
  'node_modules/google-proto-files/package.json',
  'node_modules/@bufbuild/protoc-gen-es/package.json',
];
const hash = createHash('sha256');
for (const input of inputs) hash.update(readFileSync(path.join(root, input)));
const fingerprint = hash.digest('hex');

/** The platform's own package holds the binary: npm's link to it may have lost its executable bit. */
function bufBinary() {
  const packageJson = require.resolve(`@bufbuild/buf-${process.platform}-${process.arch}/package.json`);
  return path.join(path.dirname(packageJson), 'bin', process.platform === 'win32' ? 'buf.exe' : 'buf');
}

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint) {
  rmSync(path.dirname(stamp), { recursive: true, force: true });
  execFileSync(bufBinary(), ['generate'], { cwd: root, stdio: 'inherit' });
  writeFileSync(stamp, fingerprint);
}
