/**
 * Entries as text and as JSON (https://cloud.google.com/compute/docs/metadata/querying-metadata#aggcontents): a
 * directory lists its entries, or, asked recursively, shows all that is in them.
 */
import type { JsonObject, JsonValue } from '../google/index.js';
import type { Content, Directory, Entry } from './tree.js';

export type Format = 'text' | 'json';
/** Something with a fixed content. */
type Shown = Exclude<Entry, { kind: 'credential' }>;

/** @param format that the client asks for; values and listings are text by default, all of a directory is JSON */
export function render(entry: Shown, recursive: boolean, format: Format | undefined): Content {
  if (entry.kind === 'value') return format === 'json' ? json(entry.value) : text(linesOf(entry.value));
  if (!recursive) return format === 'json' ? json(listing(entry)) : text(`${listing(entry).join('\n')}\n`);
  return format === 'text' ? text(`${flat(entry, '').join('\n')}\n`) : json(deep(entry));
}

const text = (body: string): Content => ({ type: 'application/text', body });
const json = (body: JsonValue | readonly string[]): Content => ({
  type: 'application/json',
  body: JSON.stringify(body),
});

/** A list has a newline after each of its values, a single value has none. */
function linesOf(value: string | number | readonly string[]): string {
  return typeof value === 'object' ? value.map((each) => `${each}\n`).join('') : String(value);
}

/** Directories' names end in a slash. */
function listing({ entries }: Directory): string[] {
  return Object.entries(entries)
    .map(([name, entry]) => (entry.kind === 'directory' ? `${name}/` : name))
    .sort();
}

/** One line for each value: its path and what it is. */
function flat(entry: Entry, path: string): string[] {
  if (entry.kind === 'credential') return [];
  if (entry.kind === 'value') {
    const values = typeof entry.value === 'object' ? entry.value : [entry.value];
    return values.map((each) => `${path} ${each}`);
  }
  const below = path === '' ? '' : `${path}/`;
  return Object.entries(entry.entries).flatMap(([name, each]) => flat(each, `${below}${name}`));
}

function deep(entry: Shown): JsonValue {
  if (entry.kind === 'value') return typeof entry.value === 'object' ? [...entry.value] : entry.value;
  const shown = Object.entries(entry.entries).flatMap(([name, each]) =>
    each.kind === 'credential' ? [] : [[name, deep(each)] as const],
  );
  if (entry.names === 'places') return shown.map(([, each]) => each);
  const named: JsonObject = Object.fromEntries(
    entry.names === 'keys' ? shown : shown.map(([name, each]) => [camelCase(name), each]),
  );
  return named;
}

const camelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
