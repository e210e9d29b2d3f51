/**
 * Which entries a layer may contain. A layer describes files below one directory; an entry that names anything else
 * is refused rather than repaired, so that what was scanned is what is unpacked.
 */
import { type TarEntry, TarSyntaxError } from './tar-header.js';

const MAX_PATH = 4096;
const MAX_LINKS_FOLLOWED = 40;

/** What an entry is, by its type flag; undefined for flags that layers do not use. */
type Kind = 'file' | 'hard link' | 'symbolic link' | 'directory';

const KINDS: Readonly<Record<string, Kind>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hard link',
  '2': 'symbolic link',
  '5': 'directory',
};
const SPECIAL: Readonly<Record<string, string>> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
};

/** An entry that has passed: its path is relative, without `.` and `..`; '' is the layer's own directory. */
export interface CheckedEntry {
  readonly kind: Kind;
  readonly path: string;
  /** A hard link's target, in the same form as `path`; a symbolic link's target as it stands. */
  readonly target: string;
}

/** Says what is wrong with an entry; the caller adds which layer and which entry. */
export class EntryRefused extends Error {
  override readonly name = 'EntryRefused';
}

/** Checks the entries of one layer in their order; it remembers the symbolic links that came before. */
export class EntryRules {
  readonly #links = new Map<string, string>();

  /** @throws EntryRefused, TarSyntaxError */
  check(entry: TarEntry): CheckedEntry {
    const kind = kindOf(entry);
    const path = relativePath(entry.name, 'name');
    if (path === '' && kind !== 'directory')
      throw new EntryRefused(`is the layer's root, but not a directory`);
    this.#staysInside(path);
    const target = this.#target(kind, entry.linkname);
    if (kind === 'symbolic link') this.#links.set(path, target);
    else this.#links.delete(path);
    return { kind, path, target };
  }

  #target(kind: Kind, linkname: string): string {
    if (kind === 'hard link') {
      const target = relativePath(linkname, 'link target');
      if (target === '') throw new EntryRefused('is a hard link to nothing');
      this.#staysInside(target);
      return target;
    }
    if (kind === 'symbolic link' && (linkname === '' || linkname.length >= MAX_PATH)) {
      throw new EntryRefused('is a symbolic link whose target is empty or too long');
    }
    return kind === 'symbolic link' ? linkname : '';
  }

  /** Whether a path is a symbolic link that an earlier entry made. */
  isLink(path: string): boolean {
    return this.#links.has(path);
  }

  /**
   * Follows the directories of a path through the layer's own symbolic links: none may lead out. The last component
   * is not followed, as unpacking replaces it or links to it.
   */
  #staysInside(path: string): void {
    if (this.#links.size === 0) return;
    const pending = path.split('/').slice(0, -1).reverse();
    const walked: string[] = [];
    for (let followed = 0; pending.length > 0; ) {
      const part = pending.pop() ?? '';
      if (part === '..') {
        if (walked.pop() === undefined)
          throw new EntryRefused('passes through a symbolic link that leads out');
        continue;
      }
      walked.push(part);
      const link = this.#links.get(walked.join('/'));
      if (link === undefined) continue;
      if (link.startsWith('/') || ++followed > MAX_LINKS_FOLLOWED) {
        throw new EntryRefused(
          `passes through the symbolic link ${readable(walked.join('/'))}, which leads out`,
        );
      }
      walked.pop();
      pending.push(...components(link).reverse());
    }
  }
}

/** A name's bytes as text, for messages. */
export function readable(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

function kindOf(entry: TarEntry): Kind {
  const special = SPECIAL[entry.type];
  if (special !== undefined) throw new EntryRefused(`is ${special}`);
  const kind = KINDS[entry.type];
  if (kind === undefined)
    throw new TarSyntaxError(`an entry of the unsupported type ${JSON.stringify(entry.type)}`);
  return kind === 'file' && entry.name.endsWith('/') ? 'directory' : kind;
}

function relativePath(name: string, what: string): string {
  if (name === '') throw new EntryRefused(`has an empty ${what}`);
  if (name.startsWith('/')) throw new EntryRefused(`has an absolute ${what}: ${readable(name)}`);
  if (name.length >= MAX_PATH) throw new EntryRefused(`has a ${what} of more than ${MAX_PATH} bytes`);
  const parts = components(name);
  if (parts.includes('..')) throw new EntryRefused(`has ".." in its ${what}: ${readable(name)}`);
  return parts.join('/');
}

function components(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
