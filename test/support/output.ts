/** What gcloud prints, made comparable: nothing that changes from run to run, no counting of progress dots. */
import type { Result } from './plane.js';

function lines(text: string): string {
  return (
    text
      .replace(/\.{4,}/g, '...')
      // gcloud draws a dot a second, and begins a line of them now and then.
      .replace(/^\.+(?=done\.$)/gm, '')
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .replace(/^\n+|\n+$/g, '')
  );
}

/** A command's end and its two streams as texts to compare with. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function printed({ code, stdout, stderr }: Result): Printed {
  return { code, out: lines(stdout), err: lines(stderr) };
}

/** What is different in every run, and what is put in its place: of the same width, so that tables stay aligned. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, '2026-01-01T00:00:00'],
  [/(?<=2026-01-01T00:00:00)\.\d+Z/g, '.000Z'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '2026-01-01 00:00:00'],
  [/(?<=-\d{5})-[a-z0-9]{3}\b/g, '-xyz'],
  [/[0-9a-z]{10}(?=-an\.a\.run\.app)/g, 'hashhashha'],
  [/(?<=etag: )\S{12}$/gm, 'ETAG'],
  [/(?<=operations\/)cp\.\d+/g, 'cp.1'],
  [/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, 'UUID'],
  [/(?<=sha256:)[0-9a-f]{64}/g, '0'.repeat(64)],
  [/(?<=(?:uniqueId|oauth2ClientId): ')\d{21}/g, '100000000000000000001'],
  [/(?<=insertId: )\S+/g, 'ID'],
];

/** @param names what else differs, e.g. a project's number, and what to read instead */
export function stable({ code, out, err }: Printed, names: Readonly<Record<string, string>> = {}): Printed {
  const steady = (text: string) => {
    const named = Object.entries(names).reduce((each, [from, to]) => each.replaceAll(from, to), text);
    return CHANGING.reduce((each, [pattern, by]) => each.replace(pattern, by), named);
  };
  return { code, out: steady(out), err: steady(err) };
}

/** A text written over several indented lines of source: without that indentation, and the blank first and last line. */
export function text([source = '']: TemplateStringsArray): string {
  const rows = source
    .replace(/^\n/, '')
    .replace(/\n[ ]*$/, '')
    .split('\n');
  const indents = rows.filter((row) => row.trim() !== '').map((row) => row.search(/\S/));
  const indent = Math.min(...indents);
  return rows.map((row) => row.slice(indent)).join('\n');
}
