/**
 * Pax extended headers, as far as image layers may use them
 * (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_03).
 */
import { type TarEntry, TarSyntaxError } from './tar-header.js';

const XATTR = 'SCHILY.xattr.';

/** Kept from a layer: what Docker and containerd keep too. Others mean nothing inside a container. */
const keptXattr = (name: string): boolean => name === 'security.capability' || name.startsWith('user.');

/** Read and applied to the entry; what stands in neither list is information about the file that is not restored. */
const UNREADABLE = ['GNU.sparse.', 'GNU.volume.', 'GNU.dumpdir', 'SUN.'];

/** The records of one extended header. @throws TarSyntaxError */
export function decodePax(data: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  let offset = 0;
  while (offset < data.length) {
    if (data[offset] === 0) break; // some writers pad with zeros
    const space = data.indexOf(0x20, offset);
    const length = space < 0 ? Number.NaN : Number(data.toString('latin1', offset, space));
    const end = offset + length;
    const equals = data.indexOf(0x3d, space);
    const wellFormed =
      Number.isInteger(length) &&
      length > 0 &&
      end <= data.length &&
      data[end - 1] === 0x0a &&
      equals > space;
    if (!wellFormed || equals >= end) throw new TarSyntaxError('a malformed pax header');
    records.set(data.toString('latin1', space + 1, equals), data.toString('latin1', equals + 1, end - 1));
    offset = end;
  }
  return records;
}

/** What is wrong with these records in a layer, or undefined. */
export function paxObjection(records: ReadonlyMap<string, string>, global: boolean): string | undefined {
  for (const [key, value] of records) {
    if (UNREADABLE.some((prefix) => key.startsWith(prefix))) return `uses the unsupported pax record ${key}`;
    if (key.startsWith(`${XATTR}trusted.`)) return `sets the attribute ${key.slice(XATTR.length)}`;
    if (global && (key in FIELDS || key.startsWith(XATTR))) return `sets ${key} for all entries`;
    if ((key === 'path' || key === 'linkpath') && value.includes('\0'))
      return `has a zero byte in its ${key}`;
  }
  return undefined;
}

/** The entry with the records laid over it. @throws TarSyntaxError */
export function applyPax(entry: TarEntry, records: ReadonlyMap<string, string>): TarEntry {
  if (records.size === 0) return entry;
  const xattrs = new Map<string, string>();
  let result: TarEntry = entry;
  for (const [key, value] of records) {
    const apply = FIELDS[key];
    if (apply !== undefined) result = { ...result, ...apply(value, key) };
    else if (key.startsWith(XATTR) && keptXattr(key.slice(XATTR.length))) {
      xattrs.set(key.slice(XATTR.length), value);
    }
  }
  return { ...result, xattrs };
}

const FIELDS: Readonly<Record<string, (value: string, key: string) => Partial<TarEntry>>> = {
  path: (name) => ({ name }),
  linkpath: (linkname) => ({ linkname }),
  size: (value, key) => ({ size: decimal(value, key, /^\d+$/) }),
  uid: (value, key) => ({ uid: decimal(value, key, /^\d+$/) }),
  gid: (value, key) => ({ gid: decimal(value, key, /^\d+$/) }),
  mtime: (value, key) => ({ mtime: decimal(value, key, /^-?\d+(\.\d*)?$/) }),
};

function decimal(value: string, key: string, form: RegExp): number {
  const result = Number(value);
  if (!form.test(value) || Math.abs(result) > Number.MAX_SAFE_INTEGER) {
    throw new TarSyntaxError(`a pax header whose ${key} is not a number`);
  }
  return result;
}
