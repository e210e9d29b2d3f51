/**
 * For tests: the table of permissions, kept in permissions.yaml beside this file, and the page that is made from it.
 * An entry is what a method asks in words: `ADMIN_READ: run.services.get on service`.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { AccessTable, Asked, MethodAccess } from './testing-access.js';

export interface PermissionsFile {
  /** By host and method. */
  readonly methods: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where a method asks something else than its name says, by the end of its name: why. */
  readonly notes: Readonly<Record<string, string>>;
}

export function permissionsFile(): PermissionsFile {
  return parse(readFileSync(new URL('./permissions.yaml', import.meta.url), 'utf8')) as PermissionsFile;
}

/** What was seen, in the words of the table. */
export function inWords(table: AccessTable): PermissionsFile['methods'] {
  return mapValues(table, (methods) => mapValues(methods, sentence));
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  const sorted = Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, value]) => [key, map(value)]));
}

function sentence({ kind, type, asked }: MethodAccess): string {
  const questions = asked.map(question).join('; ');
  switch (kind) {
    case 'public':
      return 'public';
    case 'authenticated':
      return questions === '' ? 'signed in' : `signed in, shows: ${questions}`;
    case 'handler':
      return `${type} by its handler: ${questions === '' ? 'whose it is' : questions}`;
    case 'permission':
      return type === undefined ? questions : `${type}: ${questions}`;
  }
}

const question = ({ permission, on, of }: Asked) =>
  `${permission} on ${on}${of === undefined ? '' : ` (${of})`}`;

/** docs/permissions.md. */
export function permissionsPage({ methods, notes }: PermissionsFile): string {
  const sections = Object.entries(methods).map(
    ([host, entries]) =>
      `## ${host}\n\n| Method | Asks | Log |\n|---|---|---|\n${Object.entries(entries)
        .map(([method, words]) => row(method, words, noteOf(notes, method)))
        .join('\n')}\n`,
  );
  return `${HEAD}\n${sections.join('\n')}`;
}

const HEAD = `<!-- made from src/plane/permissions.yaml by the tests: do not edit by hand -->

# Permissions

What each method asks of its caller, and the kind of resource whose policies decide: its own, its project's, and those
of the folders and the organization above it. A method that is not listed is refused. *Log* is the kind of audit log:
\`ADMIN_WRITE\` is always written, the others when an audit config asks for them. Where a deploy asks something of
another principal, it stands in parentheses.
`;

const noteOf = (notes: PermissionsFile['notes'], method: string): string | undefined =>
  notes[method] ?? notes[method.split('.').at(-1) ?? ''];

function row(method: string, words: string, note: string | undefined): string {
  const [, type = '', rest = words] = /^([A-Z_]+)(?:: | by its handler: )(.*)$/.exec(words) ?? [];
  const asks = rest.replace(/([a-z]+\.[\w./]+) on/g, '`$1` on').replaceAll('; ', '<br>');
  return `| \`${method}\` | ${asks}${note === undefined ? '' : `<br>*${note}*`} | ${type === '' ? '' : `\`${type}\``} |`;
}
