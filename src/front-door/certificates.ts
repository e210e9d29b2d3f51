/**
 * The plane's own certificate authority and the leaves it signs. The CA is made once and kept in the data
 * directory; leaves are made per host name and live in memory.
 */
import { randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface Certificates {
  /** The CA's certificate: what clients must trust. */
  readonly caPem: string;
  readonly caPath: string;
  /** What to serve TLS for a host with. Made at the first call for a host, about 2 ms. */
  contextFor(host: string): Promise<SecureContext>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1000;
/** Clients refuse leaves that live longer than 398 days (CA/Browser Forum, 6.3.2). */
const LEAF_DAYS = 390;
const CA_DAYS = 3650;
const MAX_CONTEXTS = 2000;

/**
 * Reads the CA of a directory, or makes it there: `ca.pem`, and `ca-key.pem` that only its owner may read.
 * Real time, not the plane's clock, bounds the certificates: clients compare it with theirs.
 * @throws Error when the certificate is there without its key, or a file cannot be read
 */
export async function openCertificates(directory: string): Promise<Certificates> {
  const caPath = join(directory, 'ca.pem');
  const keyPath = join(directory, 'ca-key.pem');
  let ca = await readPair(caPath, keyPath);
  if (!ca) {
    ca = await createAuthority();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeAtomically(keyPath, ca.key, 0o600);
    await writeAtomically(caPath, ca.certificate, 0o644);
  }
  const { certificate: caPem, key: caKey } = ca;
  let signer: Promise<LeafSigner> | undefined;
  const contexts = new Map<string, Promise<SecureContext>>();
  return {
    caPem,
    caPath,
    contextFor(host) {
      const known = contexts.get(host);
      if (known) return known;
      signer ??= openSigner(caPem, caKey);
      const made = signer.then((sign) => sign(host));
      made.catch(() => contexts.delete(host));
      const [oldest] = contexts.keys();
      if (contexts.size >= MAX_CONTEXTS && oldest !== undefined) contexts.delete(oldest);
      contexts.set(host, made);
      return made;
    },
  };
}

interface PemPair {
  readonly certificate: string;
  readonly key: string;
}
type LeafSigner = (host: string) => Promise<SecureContext>;

/** A quarter of the start-up budget to load, so only when a certificate is to be made. */
async function loadX509() {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

async function createAuthority(): Promise<PemPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: `CN=Sekisho local CA ${randomUUID().slice(0, 8)}, O=Sekisho`,
    ...validity(CA_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await privatePem(keys.privateKey) };
}

/** Prepares the signing of leaves; all of them share one key, which never leaves the process. */
async function openSigner(caPem: string, caKeyPem: string): Promise<LeafSigner> {
  const x509 = await loadX509();
  const authority = new x509.X509Certificate(caPem);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(caKeyPem),
    ALGORITHM,
    false,
    ['sign'],
  );
  const leaf = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const key = await privatePem(leaf.privateKey);
  return async (host) => {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: 'O=Sekisho',
      issuer: authority.subject,
      ...validity(LEAF_DAYS),
      publicKey: leaf.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.SubjectKeyIdentifierExtension.create(leaf.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(authority),
      ],
    });
    return createSecureContext({ key, cert: `${certificate.toString('pem')}\n${caPem}` });
  };
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY), notAfter: new Date(now + days * DAY) };
}

/** 16 random bytes, positive (RFC 5280, 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trim()}\n-----END PRIVATE KEY-----\n`;
}

/** Both files. The key is written first, so a key alone is a start that was cut off, and is made anew. */
async function readPair(caPath: string, keyPath: string): Promise<PemPair | undefined> {
  const [certificate, key] = await Promise.all([readIfThere(caPath), readIfThere(keyPath)]);
  if (certificate === undefined) return undefined;
  if (key === undefined) throw new Error(`${keyPath} is missing, but ${caPath} is there: remove both.`);
  return { certificate, key };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeAtomically(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode, flush: true });
  await rename(draft, path);
}
