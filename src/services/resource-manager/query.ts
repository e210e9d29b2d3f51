/**
 * The language of v1's `filter` and v3's `query`
 * (https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/search).
 *
 *   expression = sequence { "AND" sequence }
 *   sequence   = factor { factor }               any of them: "results that match any of the fields"
 *   factor     = term { "OR" term }
 *   term       = [ "NOT" | "-" ] ( comparison | "(" expression ")" )
 *   comparison = FIELD ( ":" | "=" ) VALUE       without regard to case; `*` in a value stands for any text
 */
import type { Project } from '../../access/index.js';
import { invalidArgument } from '../../google/index.js';

export type ProjectTest = (project: Project) => boolean;

/** A parenthesis, or a word: a comparison, or one of AND, OR, NOT. */
const TOKEN = /\s*(?:([()])|(-?[^\s()":=]+(?:[:=](?:"[^"]*"|[^\s()"]*))?))/y;

/** Deeper than anybody writes; the parser calls itself for each level. */
const DEEPEST = 50;

/** @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported */
export function parseQuery(query: string): ProjectTest {
  const parser = new Parser(tokens(query));
  return query.trim() === '' ? () => true : parser.parse();
}

function tokens(query: string): string[] {
  const found: string[] = [];
  const text = query.trimEnd();
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

class Parser {
  #next = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly string[]) {}

  parse(): ProjectTest {
    const test = this.#expression();
    const rest = this.tokens[this.#next];
    if (rest !== undefined) throw unsupported(rest);
    return test;
  }

  #take(token: string): boolean {
    if (this.tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }

  #expression(): ProjectTest {
    const parts = [this.#sequence()];
    while (this.#take('AND')) parts.push(this.#sequence());
    return (project) => parts.every((part) => part(project));
  }

  #sequence(): ProjectTest {
    const start = this.#next;
    const parts = [this.#factor()];
    for (let token = this.tokens[this.#next]; token !== undefined; token = this.tokens[this.#next]) {
      if (token === ')' || token === 'AND') break;
      parts.push(this.#factor());
    }
    return namesParent(this.tokens.slice(start, this.#next))
      ? (project) => parts.every((part) => part(project))
      : (project) => parts.some((part) => part(project));
  }

  #factor(): ProjectTest {
    const parts = [this.#term()];
    while (this.#take('OR')) parts.push(this.#term());
    return (project) => parts.some((part) => part(project));
  }

  #term(): ProjectTest {
    if (this.#take('NOT')) return not(this.#simple());
    const token = this.tokens[this.#next];
    if (token === '-' || token === undefined || !token.startsWith('-')) {
      return this.#take('-') ? not(this.#simple()) : this.#simple();
    }
    this.#next++;
    return not(comparison(token.slice(1)));
  }

  #simple(): ProjectTest {
    const token = this.tokens[this.#next++];
    if (token === undefined) throw invalidArgument('Invalid filter: it ends where a comparison is expected.');
    if (token !== '(') return comparison(token);
    if (++this.#depth > DEEPEST) throw invalidArgument(`Invalid filter: more than ${DEEPEST} parentheses.`);
    const test = this.#expression();
    if (!this.#take(')')) throw invalidArgument('Invalid filter: unbalanced parentheses.');
    this.#depth--;
    return test;
  }
}

const not = (test: ProjectTest): ProjectTest => {
  return (project) => !test(project);
};

/**
 * "the filter must contain both a parent.type and a parent.id restriction (example: "parent.type:folder
 * parent.id:123")" (projects.list of v1): the two together name one parent.
 */
function namesParent(words: readonly string[]): boolean {
  const fields = words.map((word) => word.split(/[:=]/, 1)[0]?.toLowerCase());
  return fields.length === 2 && fields.includes('parent.type') && fields.includes('parent.id');
}

function comparison(clause: string): ProjectTest {
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
  return (project) => read(project).some((actual) => pattern.test(actual));
}

type Read = (project: Project) => readonly string[];

/** A field's values; none where the project has none. */
function field(key: string): Read | undefined {
  const name = key.toLowerCase();
  if (name.startsWith('labels.')) {
    const label = key.slice('labels.'.length).toLowerCase();
    return ({ labels }) => (Object.hasOwn(labels, label) ? [labels[label] ?? ''] : []);
  }
  return Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
}

const some = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

const id: Read = ({ projectId }) => [projectId];
const state: Read = (project) => [project.state];
const displayName: Read = ({ name }) => [name];

const FIELDS: Readonly<Record<string, Read>> = {
  displayname: displayName,
  id,
  labels: ({ labels }) => Object.entries(labels).flat(),
  lifecyclestate: state,
  name: displayName,
  parent: ({ parent }) => some(parent),
  'parent.id': ({ parent }) => some(parent?.replace(/^.*\//, '')),
  'parent.type': ({ parent }) => some(parent?.replace(/s\/.*$/, '')),
  projectid: id,
  projectnumber: ({ number }) => [number],
  state,
};

const unsupported = (clause: string) => invalidArgument(`Invalid filter: "${clause}" is not supported.`);
