/** From a request's path and query to what it asks for. */
import { moved, notFound, plain } from './errors.js';
import { type Format, render } from './render.js';
import type { Content, Directory, Entry } from './tree.js';

/** A path and query as they were sent, and the host they were sent to. */
export interface Asked {
  readonly host: string;
  readonly url: string;
}

/** @throws MetadataError */
export async function answer(tree: Directory, { host, url }: Asked): Promise<Content> {
  const { path, search } = split(url);
  const query = new URLSearchParams(search);
  const entry = find(tree, path);
  if (entry === undefined) throw notFound(path);
  if (entry.kind === 'credential') return entry.answer(query);
  if (entry.kind === 'directory' && !path.endsWith('/')) {
    throw moved(`http://${host}${path}/${search === '' ? '' : `?${search}`}`);
  }
  if (truth(query, 'wait_for_change')) throw plain(400, 'wait_for_change is not supported');
  return render(entry, truth(query, 'recursive'), formatOf(query));
}

/** The path alone, as it was sent. */
export const pathOf = (url: string): string => split(url).path;

function split(url: string): { path: string; search: string } {
  const [, path = '', search = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(url) ?? [];
  return { path, search };
}

/** Only directories have a path that ends in a slash; nothing is below a value. */
function find(tree: Directory, path: string): Entry | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts = path.slice(1).split('/');
  const ofDirectory = parts.at(-1) === '';
  if (ofDirectory) parts.pop();
  let entry: Entry = tree;
  for (const part of parts) {
    const name = decoded(part);
    if (entry.kind !== 'directory' || name === undefined || !Object.hasOwn(entry.entries, name))
      return undefined;
    const next: Entry | undefined = entry.entries[name];
    if (next === undefined) return undefined;
    entry = next;
  }
  return ofDirectory && entry.kind !== 'directory' ? undefined : entry;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** @throws MetadataError when the parameter is neither true nor false */
function truth(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)?.toLowerCase() ?? 'false';
  if (value !== 'true' && value !== 'false') throw plain(400, `${name} must be true or false`);
  return value === 'true';
}

function formatOf(query: URLSearchParams): Format | undefined {
  const format = query.get('alt');
  if (format === null || format === 'text' || format === 'json') return format ?? undefined;
  throw plain(400, 'alt must be text or json');
}
