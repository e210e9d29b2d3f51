/** The bundle of certificates that clients trust while they talk to the plane: the system's roots plus ours. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';

/** Where distributions keep their roots: Debian, Fedora, SUSE, Alpine. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

export const CA_BUNDLE = 'ca-bundle.pem';

/** Writes `ca-bundle.pem` into the data directory and gives its path. Node's own roots where the system has none. */
export async function writeCaBundle(dataDir: string, caPem: string): Promise<string> {
  const file = path.join(dataDir, CA_BUNDLE);
  const bundle = `${await systemRoots()}\n${caPem}`;
  const existing = await readFile(file, 'utf8').catch(() => undefined);
  if (existing !== bundle) {
    const next = `${file}.${process.pid}.tmp`;
    await writeFile(next, bundle, { mode: 0o644 });
    await rename(next, file);
  }
  return file;
}

async function systemRoots(): Promise<string> {
  for (const file of SYSTEM_BUNDLES) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return rootCertificates.join('\n');
}
