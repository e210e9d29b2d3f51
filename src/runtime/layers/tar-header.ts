/**
 * One 512-byte tar header, read and written. Formats: POSIX.1-2017 `pax` ("ustar"), and the GNU variant
 * (https://www.gnu.org/software/tar/manual/html_node/Standard.html).
 *
 * Names are kept as latin1 strings, one character per byte, because file names need not be UTF-8.
 */

export const BLOCK = 512;

/** The fields of an entry, whichever headers they came from. */
export interface TarEntry {
  /** As in the archive, one character per byte. */
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly linkname: string;
  /** Extended attributes, values in latin1. */
  readonly xattrs: ReadonlyMap<string, string>;
}

/** The archive is not a tar file that we can read. */
export class TarSyntaxError extends Error {
  override readonly name = 'TarSyntaxError';
}

/** Reads a header; undefined for a block of zeros (end of archive). @throws TarSyntaxError */
export function decodeHeader(block: Buffer): TarEntry | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  verifyChecksum(block);
  const posix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = posix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] ?? 0),
    mode: number(block, 100, 8, 'mode') & 0o7777,
    uid: number(block, 108, 8, 'uid'),
    gid: number(block, 116, 8, 'gid'),
    size: number(block, 124, 12, 'size'),
    mtime: number(block, 136, 12, 'mtime'),
    linkname: text(block, 157, 100),
    xattrs: new Map(),
  };
}

/**
 * Writes an entry's headers: GNU long names and base-256 numbers where the fields are too small, and one pax header
 * when there are extended attributes. The data, padded to whole blocks, is the caller's.
 */
export function encodeHeader(entry: TarEntry): Buffer {
  const blocks: Buffer[] = [];
  if (entry.xattrs.size > 0) {
    const records = [...entry.xattrs].map(([key, value]) => paxRecord(`SCHILY.xattr.${key}`, value));
    blocks.push(...metadata('x', records.join('')));
  }
  if (entry.linkname.length > 100) blocks.push(...metadata('K', `${entry.linkname}\0`));
  if (entry.name.length > 100) blocks.push(...metadata('L', `${entry.name}\0`));
  blocks.push(encodeBlock(entry));
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks);
}

/** How many bytes of padding follow `size` bytes of data. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function metadata(type: string, content: string): Buffer[] {
  const data = Buffer.from(content, 'latin1');
  const header = encodeBlock({
    name: '././@LongLink',
    type,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.length,
    mtime: 0,
    linkname: '',
    xattrs: new Map(),
  });
  return [header, data, Buffer.alloc(padding(data.length))];
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return `${length}${rest}`;
}

function encodeBlock(entry: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(entry.name.slice(0, 100), 0, 'latin1');
  writeNumber(block, entry.mode, 100, 8);
  writeNumber(block, entry.uid, 108, 8);
  writeNumber(block, entry.gid, 116, 8);
  writeNumber(block, entry.size, 124, 12);
  writeNumber(block, Math.trunc(entry.mtime), 136, 12);
  block.write(entry.type, 156, 'latin1');
  block.write(entry.linkname.slice(0, 100), 157, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeNumber(block: Buffer, value: number, offset: number, length: number): void {
  const octal = value >= 0 ? value.toString(8).padStart(length - 1, '0') : '';
  if (value >= 0 && octal.length < length) {
    block.write(octal, offset, 'latin1');
    return;
  }
  const big = BigInt.asUintN(8 * length, BigInt(value));
  for (let i = 0; i < length; i++) block[offset + i] = Number((big >> BigInt(8 * (length - 1 - i))) & 0xffn);
  block[offset] = (block[offset] ?? 0) | 0x80;
}

function checksum(block: Buffer): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
  return sum;
}

function verifyChecksum(block: Buffer): void {
  const stated = Number.parseInt(text(block, 148, 8).trim(), 8);
  if (stated !== checksum(block)) throw new TarSyntaxError('a header whose checksum does not match');
}

function text(block: Buffer, offset: number, length: number): string {
  const field = block.toString('latin1', offset, offset + length);
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}

/** Octal digits, or base-256 when the first bit is set. */
function number(block: Buffer, offset: number, length: number, what: string): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) return base256(block.subarray(offset, offset + length), what);
  const digits = text(block, offset, length).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw new TarSyntaxError(`a header whose ${what} is not a number`);
  return Number.parseInt(digits, 8);
}

function base256(field: Buffer, what: string): number {
  let value = BigInt((field[0] ?? 0) & 0x7f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  const signed = BigInt.asIntN(8 * field.length - 1, value);
  const result = Number(signed);
  if (!Number.isSafeInteger(result)) throw new TarSyntaxError(`a header whose ${what} is out of range`);
  return result;
}
