/** The filter of projects.list (https://cloud.google.com/resource-manager/reference/rest/v1/projects/list). */
import type { Project } from '../../access/index.js';
import { invalidArgument } from '../../google/index.js';

/** One comparison, a parenthesis, or a word such as AND. */
const TOKEN = /\s*(?:([()])|((?:[^\s()":=]+)(?:[:=](?:"[^"]*"|[^\s()"]*))?))/y;

/**
 * Comparisons joined by blanks or AND, in any parentheses: `lifecycleState`, `id`, `projectId`, `projectNumber`,
 * `name`, `labels.KEY`, `parent.type`, `parent.id`; values without regard to case, with `*` at their ends.
 * @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported
 */
export function parseFilter(filter: string): (project: Project) => boolean {
  const tests: ((project: Project) => boolean)[] = [];
  let depth = 0;
  for (const token of tokens(filter)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (token !== 'AND') tests.push(comparison(token));
    if (depth < 0) break;
  }
  if (depth !== 0) throw invalidArgument(`Invalid filter: unbalanced parentheses in "${filter}".`);
  return (project) => tests.every((test) => test(project));
}

function tokens(filter: string): string[] {
  const found: string[] = [];
  const text = filter.trimEnd();
  TOKEN.lastIndex = 0;
  let position = 0;
  while (position < text.length) {
    const match = TOKEN.exec(text);
    const token = match?.[1] ?? match?.[2];
    if (token === undefined) throw unsupported(text.slice(position).trim());
    found.push(token);
    position = TOKEN.lastIndex;
  }
  return found;
}

function comparison(clause: string): (project: Project) => boolean {
  const [, key, quoted, plain] = /^([^:=]+)[:=](?:"([^"]*)"|(.*))$/.exec(clause) ?? [];
  const value = quoted ?? plain;
  const read = key === undefined ? undefined : field(key);
  if (read === undefined || value === undefined || value === '') throw unsupported(clause);
  const pattern = new RegExp(
    `^${value
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    'i',
  );
  return (project) => {
    const actual = read(project);
    return actual !== undefined && pattern.test(actual);
  };
}

function field(key: string): ((project: Project) => string | undefined) | undefined {
  if (key.startsWith('labels.')) return ({ labels }) => labels[key.slice('labels.'.length)];
  switch (key) {
    case 'lifecycleState':
      return ({ state }) => state;
    case 'id':
    case 'projectId':
      return ({ projectId }) => projectId;
    case 'projectNumber':
      return ({ number }) => number;
    case 'name':
      return ({ name }) => name;
    case 'parent.type':
      return ({ parent }) => parent?.replace(/s\/.*$/, '');
    case 'parent.id':
      return ({ parent }) => parent?.replace(/^.*\//, '');
    default:
      return undefined;
  }
}

const unsupported = (clause: string) => invalidArgument(`Invalid filter: "${clause}" is not supported.`);
