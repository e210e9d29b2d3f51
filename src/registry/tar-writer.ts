/** Writes tar archives (POSIX ustar, with pax records for what does not fit) that are the same every time. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Where an entry's bytes come from, or what it points at. */
export type TarContent =
  | { readonly content: string | Buffer }
  | { readonly fromFile: string }
  | { readonly symlink: string }
  /** The path of an entry that stands earlier in the archive. */
  | { readonly hardlink: string }
  | { readonly directory: true };

export type TarEntry = TarContent & {
  /** Relative to the root of the archive. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
};

const BLOCK = 512;
const READ_SIZE = 1 << 20;
/** Eleven octal digits: the largest number that a ustar field of twelve bytes holds. */
const MAX_OCTAL = 0o77777777777;

/**
 * The archive, in pieces.
 * @param mtime seconds since 1970 for every entry
 */
export async function* tar(entries: Iterable<TarEntry>, mtime: number): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const size = await sizeOf(entry);
    yield* header(entry, size, mtime);
    if ('content' in entry) yield Buffer.from(entry.content);
    if ('fromFile' in entry) yield* fileBytes(entry.fromFile, size);
    yield padding(size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function sizeOf(entry: TarEntry): Promise<number> {
  if ('content' in entry) return Buffer.byteLength(entry.content);
  return 'fromFile' in entry ? (await stat(entry.fromFile)).size : 0;
}

async function* fileBytes(path: string, size: number): AsyncGenerator<Buffer> {
  if (size === 0) return;
  let read = 0;
  for await (const piece of createReadStream(path, { highWaterMark: READ_SIZE, end: size - 1 })) {
    if (!(piece instanceof Buffer)) throw new Error(`${path}: not bytes`);
    read += piece.length;
    yield piece;
  }
  if (read !== size)
    throw new Error(`${path} changed while it was read: ${size} bytes announced, ${read} there`);
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function* header(entry: TarEntry, size: number, mtime: number): Generator<Buffer> {
  const path = 'directory' in entry ? `${entry.path.replace(/\/+$/, '')}/` : entry.path;
  const link = 'symlink' in entry ? entry.symlink : 'hardlink' in entry ? entry.hardlink : '';
  const records: Record<string, string> = {};
  const place = splitPath(path);
  if (!place) records.path = path;
  if (Buffer.byteLength(link) > 100) records.linkpath = link;
  if (size > MAX_OCTAL) records.size = String(size);
  if (Object.keys(records).length > 0) {
    const pax = Buffer.from(Object.entries(records).map(paxRecord).join(''));
    yield block({
      name: 'PaxHeaders/entry',
      prefix: '',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: pax.length,
      mtime,
      type: 'x',
      link: '',
    });
    yield pax;
    yield padding(pax.length);
  }
  yield block({
    name: place?.name ?? path.slice(0, 100),
    prefix: place?.prefix ?? '',
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: Math.min(size, MAX_OCTAL),
    mtime,
    type: typeOf(entry),
    link,
  });
}

function typeOf(entry: TarContent): string {
  if ('directory' in entry) return '5';
  if ('symlink' in entry) return '2';
  return 'hardlink' in entry ? '1' : '0';
}

/** Name and prefix for a ustar header; undefined when the path does not fit into the two. */
function splitPath(path: string): { name: string; prefix: string } | undefined {
  if (!/^[\x20-\x7e]*$/.test(path)) return undefined;
  if (path.length <= 100) return { name: path, prefix: '' };
  const slash = path.indexOf('/', path.length - 101);
  if (slash < 1 || slash > 155 || slash === path.length - 1) return undefined;
  return { name: path.slice(slash + 1), prefix: path.slice(0, slash) };
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord([key, value]: readonly [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

interface Fields {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly type: string;
  readonly link: string;
}

function block(fields: Fields): Buffer {
  const out = Buffer.alloc(BLOCK);
  const text = (value: string, at: number, length: number) =>
    out.write(value.slice(0, length), at, length, 'latin1');
  const octal = (value: number, at: number, length: number) =>
    out.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  text(fields.name, 0, 100);
  octal(fields.mode, 100, 8);
  octal(fields.uid, 108, 8);
  octal(fields.gid, 116, 8);
  octal(fields.size, 124, 12);
  octal(fields.mtime, 136, 12);
  out.fill(' ', 148, 156);
  text(fields.type, 156, 1);
  text(fields.link, 157, 100);
  out.write('ustar\x0000', 257, 'latin1');
  text(fields.prefix, 345, 155);
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return out;
}
