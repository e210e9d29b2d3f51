/** Checksums by which clients tell that what they read has changed. */
import { createHash } from 'node:crypto';

/** "A checksum computed by the server based on the current value" of a resource (Project.etag); a weak one (RFC 9110). */
export function weakEtag(value: readonly unknown[]): string {
  return `W/"${createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)}"`;
}
