/**
 * Reads a layer's tar as it streams by and writes a tar of its own in plain GNU form, holding exactly the entries
 * that passed the rules. The unpacking tar sees only that, so no two readings of an odd archive can differ.
 */
import { type CheckedEntry, EntryRefused, EntryRules, readable } from './entry-rules.js';
import { applyPax, decodePax, paxObjection } from './pax.js';
import { BLOCK, decodeHeader, encodeHeader, padding, type TarEntry, TarSyntaxError } from './tar-header.js';
import { type Whiteout, whiteoutOf } from './whiteouts.js';

export interface ScanLimits {
  /** Of the uncompressed tar. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** Names, pax records: kept in memory until complete. */
const MAX_METADATA_BYTES = 1024 * 1024;

/** Where the bytes of the current entry go. */
type Data =
  | { readonly to: 'output' }
  | { readonly to: 'nowhere' }
  | { readonly to: 'metadata'; readonly type: string; readonly chunks: Buffer[] };

/** Feed it the uncompressed tar with `push`, then call `finish`; what to unpack goes to `output`. */
export class LayerScanner {
  readonly whiteouts: Whiteout[] = [];
  readonly #rules = new EntryRules();
  readonly #directories = new Set(['']);
  #header = Buffer.alloc(0);
  #data: Data = { to: 'nowhere' };
  #remaining = 0;
  #pad = 0;
  #ended = false;
  #bytes = 0;
  #entries = 0;
  #pax: ReadonlyMap<string, string> = new Map();
  #longName: string | undefined;
  #longLink: string | undefined;

  constructor(
    readonly limits: ScanLimits,
    readonly output: (chunk: Buffer) => void,
  ) {}

  /** @throws EntryRefused (its message begins with the entry's name), TarSyntaxError */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.limits.maxBytes) {
      throw new TarSyntaxError(`more than ${this.limits.maxBytes} bytes`);
    }
    let rest = chunk;
    while (rest.length > 0 && !this.#ended) {
      if (this.#remaining > 0) rest = this.#takeData(rest);
      else if (this.#pad > 0) rest = this.#skipPadding(rest);
      else rest = this.#takeHeader(rest);
    }
  }

  /** @throws TarSyntaxError when the archive stops in the middle of an entry */
  finish(): void {
    if (!this.#ended && (this.#remaining > 0 || this.#pad > 0 || this.#header.length > 0)) {
      throw new TarSyntaxError('an archive that is cut off');
    }
    this.output(Buffer.alloc(2 * BLOCK));
  }

  #takeData(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#remaining);
    this.#remaining -= part.length;
    if (this.#data.to === 'output') this.output(part);
    else if (this.#data.to === 'metadata') this.#data.chunks.push(part);
    if (this.#remaining === 0) this.#endOfData();
    return chunk.subarray(part.length);
  }

  #endOfData(): void {
    if (this.#data.to === 'output' && this.#pad > 0) this.output(Buffer.alloc(this.#pad));
    if (this.#data.to === 'metadata') this.#metadata(this.#data.type, Buffer.concat(this.#data.chunks));
    this.#data = { to: 'nowhere' };
  }

  #skipPadding(chunk: Buffer): Buffer {
    const length = Math.min(chunk.length, this.#pad);
    this.#pad -= length;
    return chunk.subarray(length);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const missing = BLOCK - this.#header.length;
    if (chunk.length < missing) {
      this.#header = Buffer.concat([this.#header, chunk]);
      return Buffer.alloc(0);
    }
    const head = chunk.subarray(0, missing);
    const block = this.#header.length === 0 ? head : Buffer.concat([this.#header, head]);
    this.#header = Buffer.alloc(0);
    const entry = decodeHeader(block);
    if (entry === undefined) this.#ended = true;
    else this.#begin(entry);
    return chunk.subarray(missing);
  }

  #begin(header: TarEntry): void {
    if ('xgLK'.includes(header.type)) {
      if (header.size > MAX_METADATA_BYTES) throw new TarSyntaxError('a header that is too long');
      this.#expect(header.size, { to: 'metadata', type: header.type, chunks: [] });
      if (header.size === 0) this.#endOfData();
      return;
    }
    const entry = this.#complete(header);
    if (++this.#entries > this.limits.maxEntries) {
      throw new TarSyntaxError(`more than ${this.limits.maxEntries} entries`);
    }
    const objection = paxObjection(this.#pax, false);
    if (objection !== undefined) throw new EntryRefused(`${readable(entry.name)} ${objection}`);
    this.#forget();
    this.#accept(entry, this.#check(entry));
  }

  #complete(header: TarEntry): TarEntry {
    const name = this.#longName ?? header.name;
    const linkname = this.#longLink ?? header.linkname;
    return applyPax({ ...header, name, linkname }, this.#pax);
  }

  #check(entry: TarEntry): CheckedEntry {
    try {
      return this.#rules.check(entry);
    } catch (error) {
      if (error instanceof EntryRefused) throw new EntryRefused(`${readable(entry.name)} ${error.message}`);
      throw error;
    }
  }

  #accept(entry: TarEntry, checked: CheckedEntry): void {
    // The size of what has no data is a hint at most (POSIX), and readers differ in whether data follows.
    if (checked.kind !== 'file' && entry.size > 0) {
      throw new EntryRefused(`${readable(entry.name)} is a ${checked.kind} with data`);
    }
    const whiteout = whiteoutOf(checked.path);
    if (whiteout !== undefined) {
      if (whiteout.kind !== 'ignored') this.whiteouts.push(whiteout);
      this.#expect(entry.size, { to: 'nowhere' });
      return;
    }
    this.#parents(checked.path);
    if (checked.kind === 'directory') this.#directories.add(checked.path);
    this.output(encodeHeader(canonical(entry, checked)));
    this.#expect(entry.size, { to: 'output' });
  }

  /** Directories that the archive leaves out get root's ownership and 0755, whatever the plane's umask is. */
  #parents(path: string): void {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (this.#directories.has(parent) || this.#rules.isLink(parent)) continue;
      this.#directories.add(parent);
      this.output(encodeHeader(directory(parent)));
    }
  }

  #metadata(type: string, data: Buffer): void {
    if (type === 'L') this.#longName = upToZero(data);
    else if (type === 'K') this.#longLink = upToZero(data);
    else if (type === 'x') this.#pax = decodePax(data);
    else {
      const objection = paxObjection(decodePax(data), true);
      if (objection !== undefined) throw new EntryRefused(`a global pax header ${objection}`);
    }
  }

  #expect(size: number, data: Data): void {
    if (size < 0) throw new TarSyntaxError('a header whose size is negative');
    this.#data = data;
    this.#remaining = size;
    this.#pad = padding(size);
  }

  #forget(): void {
    this.#pax = new Map();
    this.#longName = undefined;
    this.#longLink = undefined;
  }
}

function canonical(entry: TarEntry, { kind, path, target }: CheckedEntry): TarEntry {
  const type = { file: '0', 'hard link': '1', 'symbolic link': '2', directory: '5' }[kind];
  const name = kind === 'directory' ? `./${path}` : path;
  return { ...entry, name, type, linkname: target };
}

function directory(path: string): TarEntry {
  return {
    name: `./${path}`,
    type: '5',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    linkname: '',
    xattrs: new Map(),
  };
}

function upToZero(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end < 0 ? data.length : end);
}
