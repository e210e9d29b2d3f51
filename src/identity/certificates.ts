/** X.509 certificates: the form in which Google publishes public keys, and in which users hand in theirs. */
import { createHash, createPublicKey, type JsonWebKey, webcrypto, X509Certificate } from 'node:crypto';
import { InvalidCertificate } from './types.js';

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

/** "No well-defined expiration date" (RFC 5280, 4.1.2.5): what Google gives the keys that it makes. */
export const NO_END = new Date('9999-12-31T23:59:59Z');

/** A key pair's id as Google's are: 40 hexadecimal digits, and here the SHA-1 of the public key's DER form. */
export function keyIdOf(publicKey: JsonWebKey | string): string {
  return createHash('sha1').update(publicDer(publicKey)).digest('hex');
}

/** The SubjectPublicKeyInfo of a public or private key, in DER. @throws Error when it is no key */
export function publicDer(key: JsonWebKey | string): Buffer {
  const object = createPublicKey(typeof key === 'string' ? key : { key, format: 'jwk' });
  return object.export({ type: 'spki', format: 'der' });
}

/**
 * A certificate that a private RSA key signs for itself, with the extensions of Google's own
 * (https://www.googleapis.com/oauth2/v1/certs). The same arguments give the same bytes.
 * @param privateKey a JWK
 * @returns PEM
 */
export async function selfSignedCertificate(
  privateKey: JsonWebKey,
  commonName: string,
  notBefore: Date,
): Promise<string> {
  // A quarter of the start-up budget to load, so only when a certificate is made.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const { kty, n, e } = privateKey;
  const publicKey: webcrypto.JsonWebKey = { ...(kty && { kty }), ...(n && { n }), ...(e && { e }) };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `0${keyIdOf(privateKey).slice(0, 15)}`,
    name: [{ CN: [commonName] }],
    notBefore,
    notAfter: NO_END,
    signingAlgorithm: RS256,
    keys: {
      privateKey: await webcrypto.subtle.importKey('jwk', privateKey, RS256, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('jwk', publicKey, RS256, true, ['verify']),
    },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true),
    ],
  });
  return `${certificate.toString('pem').trim()}\n`;
}

export interface ReadCertificate {
  readonly pem: string;
  /** The public key, PEM. */
  readonly publicKey: string;
  readonly bits: number;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Shorter ones are no RS256 keys (RFC 7518, 3.3); longer than this, verifying takes too long. */
const BITS = { min: 2048, max: 8192 } as const;

/**
 * Reads one PEM certificate of an RSA key (https://cloud.google.com/iam/docs/keys-upload).
 * @throws InvalidCertificate
 */
export function readCertificate(text: string): ReadCertificate {
  const [pem, ...more] = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (pem === undefined) throw new InvalidCertificate('It is no X.509 certificate in PEM form.');
  if (more.length > 0) throw new InvalidCertificate('It must be one certificate.');
  const certificate = parse(pem);
  const { publicKey, validFrom, validTo } = certificate;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  if (publicKey.asymmetricKeyType !== 'rsa' || bits === undefined) {
    throw new InvalidCertificate('Its key is no RSA key.');
  }
  if (bits < BITS.min || bits > BITS.max) {
    throw new InvalidCertificate(`Its RSA key has ${bits} bits, and must have ${BITS.min} to ${BITS.max}.`);
  }
  return {
    pem: `${pem}\n`,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    bits,
    notBefore: new Date(validFrom),
    notAfter: new Date(validTo),
  };
}

function parse(pem: string): X509Certificate {
  try {
    const certificate = new X509Certificate(pem);
    // OpenSSL reads the key when it is asked for, and not before.
    void certificate.publicKey;
    return certificate;
  } catch (cause) {
    throw new InvalidCertificate('It is no X.509 certificate in PEM form.', { cause });
  }
}
