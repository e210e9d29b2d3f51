/** `logging read`: the query of the last day, newest first, and of each entry the fields asked for. */
import { stringify } from 'yaml';
import { type GcloudCommand, required, UnknownCommand } from './gcloud-command.js';
import type { HttpSession } from './http-session.js';
import { at, listAt } from './json.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export async function readLog(command: GcloudCommand, http: HttpSession): Promise<void> {
  const [query = ''] = command.positional;
  const fields = yamlFields(required(command, '--format'));
  const since = new Date(Date.now() - DAY_MS).toISOString();
  const answer = await http.call('POST', 'logging.googleapis.com', '/v2/entries:list', {
    resourceNames: [`projects/${required(command, '--project')}`],
    filter: `timestamp>="${since}" AND ${query}`,
    orderBy: 'timestamp desc',
    pageSize: 1000,
  });
  for (const entry of listAt(answer, 'entries')) {
    http.say('---');
    for (const line of stringify(pick(entry, fields), { lineWidth: 0, sortMapEntries: true })
      .trimEnd()
      .split('\n')) {
      http.say(line);
    }
  }
}

/** The fields of `yaml(a, b.c)`. @throws UnknownCommand for any other format */
export function yamlFields(format: string): readonly string[] {
  const list = /^yaml\(([^()]+)\)$/.exec(format)?.[1];
  if (list === undefined) throw new UnknownCommand(`--format ${format} is not known without gcloud`);
  return list.split(',').map((field) => field.trim());
}

/** The parts of an entry at the dotted paths, in their places. */
export function pick(entry: unknown, fields: readonly string[]): unknown {
  const picked: Record<string, unknown> = {};
  for (const field of fields) {
    const path = field.split('.');
    const value = at(entry, ...path);
    if (value !== undefined) place(picked, path, value);
  }
  return picked;
}

function place(into: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const below = into[key];
  const inner: Record<string, unknown> = typeof below === 'object' && below !== null ? { ...below } : {};
  into[key] = inner;
  place(inner, rest, value);
}
