/**
 * Path templates of google.api.http (https://github.com/googleapis/googleapis/blob/master/google/api/http.proto):
 *
 *     Template = "/" Segments [ Verb ] ;
 *     Segment  = "*" | "**" | LITERAL | Variable ;
 *     Variable = "{" FieldPath [ "=" Segments ] "}" ;
 *     Verb     = ":" LITERAL ;
 */
import { GoogleError } from './errors.js';

/** A template prepared for matching. */
export interface PathTemplate {
  readonly source: string;
  /** The field paths that the template binds, in order, as written (`service.name`). */
  readonly variables: readonly string[];
  /**
   * Matches a path (no query, still percent-encoded).
   * @returns the variables' decoded values, or undefined when the path is another's
   * @throws GoogleError INVALID_ARGUMENT when a matching path holds a malformed escape
   */
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;
  /** Sorts before the templates that match more paths; see {@link comparePathTemplates}. */
  readonly rank: string;
}

interface Parsed {
  /** Regular expression source. */
  pattern: string;
  variables: string[];
  rank: string;
}

const LITERAL = /^[A-Za-z0-9._~%@!$&'()+,;-]+$/;
const FIELD_PATH = /^[a-z][A-Za-z0-9_]*(?:\.[a-z][A-Za-z0-9_]*)*$/;

/**
 * Compiles a template. Values are percent-decoded, except that an encoded slash in a value of several segments
 * stays as it is: otherwise it could not be told from the slash between segments.
 * @throws Error when the text is no template: a mistake in a table, never in a request
 */
export function compilePathTemplate(source: string): PathTemplate {
  if (!source.startsWith('/')) throw new Error(`path template ${source}: must start with a slash`);
  const verbAt = verbStart(source);
  const verb = verbAt < 0 ? '' : source.slice(verbAt + 1);
  const parsed = parseSegments(verbAt < 0 ? source.slice(1) : source.slice(1, verbAt), source);
  if (verb !== '') parsed.pattern += `(?::|%3[aA])${literally(verb)}`;
  const expression = new RegExp(`^/${parsed.pattern}$`);
  return {
    source,
    variables: parsed.variables,
    rank: `${parsed.rank}${verb === '' ? '1' : '0'}`,
    match(path) {
      const found = expression.exec(path);
      if (!found) return undefined;
      return Object.fromEntries(
        parsed.variables.map((variable, index) => [variable, decodeValue(found[index + 1] ?? '')]),
      );
    },
  };
}

/** Orders templates so that the first match is the most specific: literals before `*` before `**`, verbs first. */
export function comparePathTemplates(a: PathTemplate, b: PathTemplate): number {
  return a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0;
}

/** Where the verb's colon stands: after the last slash and outside braces; -1 without a verb. */
function verbStart(source: string): number {
  const colon = source.lastIndexOf(':');
  return colon > source.lastIndexOf('}') && colon > source.lastIndexOf('/') ? colon : -1;
}

function parseSegments(text: string, source: string): Parsed {
  const result: Parsed = { pattern: '', variables: [], rank: '' };
  const patterns: string[] = [];
  for (const segment of splitSegments(text)) {
    if (segment.startsWith('{') && segment.endsWith('}')) {
      const equals = segment.indexOf('=');
      const field = segment.slice(1, equals < 0 ? -1 : equals);
      if (!FIELD_PATH.test(field)) throw new Error(`path template ${source}: bad field path ${field}`);
      const inner = parseSegments(equals < 0 ? '*' : segment.slice(equals + 1, -1), source);
      if (inner.variables.length > 0) throw new Error(`path template ${source}: nested variables`);
      result.variables.push(field);
      result.rank += inner.rank;
      patterns.push(`(${inner.pattern})`);
    } else if (segment === '*') {
      result.rank += '2';
      patterns.push('[^/]+');
    } else if (segment === '**') {
      result.rank += '3';
      patterns.push('.*');
    } else if (LITERAL.test(segment)) {
      result.rank += '0';
      patterns.push(literally(segment));
    } else {
      throw new Error(`path template ${source}: bad segment ${segment}`);
    }
  }
  result.pattern = patterns.join('/');
  return result;
}

/** Splits at the slashes that stand outside braces. */
function splitSegments(text: string): string[] {
  return text.match(/\{[^}]*\}|[^/{]+/g) ?? [];
}

function literally(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function decodeValue(raw: string): string {
  if (!raw.includes('%')) return raw;
  const several = raw.includes('/');
  try {
    return several ? raw.split(/%2F/i).map(decodeURIComponent).join('%2F') : decodeURIComponent(raw);
  } catch (cause) {
    throw new GoogleError('INVALID_ARGUMENT', `Malformed percent-encoding in the path: ${raw}`, { cause });
  }
}
