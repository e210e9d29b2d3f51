/** The id under which an instance is known outside: in its log entries and to itself, from the metadata server. */
import { createHash } from 'node:crypto';

/** A long hexadecimal number that begins with zeros, as Cloud Run's are; always the same for an instance. */
export function publicInstanceId(id: string): string {
  return `00${createHash('sha512').update(id).digest('hex')}`;
}
