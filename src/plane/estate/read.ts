/** Reads one estate file: YAML 1.2, and so JSON as well. The libraries are loaded when a file is read. */
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Document, LineCounter, Node } from 'yaml';
import type { EstateDocument } from '../../estate-file/index.js';
import { estateSchema } from '../../estate-file/index.js';
import { type Locator, type Path, type Place, type Problems, within } from './problems.js';

/** A file as a command hands it over. */
export interface EstateFile {
  /** As messages call it: a path, or `<stdin>`. */
  readonly name: string;
  readonly text: string;
}

export interface ReadFile {
  readonly document: EstateDocument;
  readonly place: Place;
}

/** @returns the file's content; undefined when there are problems, which are added */
export async function readEstate(file: EstateFile, problems: Problems): Promise<ReadFile | undefined> {
  const { LineCounter, parseDocument } = await import('./libraries.js');
  const lines = new LineCounter();
  const parsed = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const place: Place = { file: locator(file.name, parsed, lines, await nodeFinder()), path: [] };
  for (const error of parsed.errors) {
    problems.add({ file: at(file.name, lines.linePos(error.pos[0])), path: [] }, `${error.message}.`);
  }
  if (parsed.errors.length > 0) return undefined;
  const value = plainValue(parsed, place, problems);
  if (value === undefined) return undefined;
  const validate = await validator();
  if (validate(value)) return { document: value as EstateDocument, place };
  for (const error of validate.errors ?? []) explain(error, value, place, problems);
  return undefined;
}

/** The document as plain data. An alias may be repeated, but not so often that a small file becomes a huge one. */
function plainValue(parsed: Document, place: Place, problems: Problems): unknown {
  try {
    const value: unknown = parsed.toJS({ maxAliasCount: 1000 });
    if (value !== null && value !== undefined) return value;
    problems.add(place, 'The file is empty.');
  } catch (error) {
    problems.add(place, `${(error as Error).message}.`);
  }
  return undefined;
}

type FindNode = (document: Document, path: Path) => Node | undefined;

/** The node at a path, or its nearest ancestor's. */
async function nodeFinder(): Promise<FindNode> {
  const { isAlias, isMap, isNode, isScalar, isSeq } = await import('./libraries.js');
  return (document, path) => {
    let found: Node | undefined = document.contents ?? undefined;
    for (const step of path) {
      const node: unknown = isAlias(found) ? found.resolve(document) : found;
      let next: unknown;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === step);
        next = pair?.value ?? pair?.key;
      } else if (isSeq(node) && typeof step === 'number') {
        next = node.items[step];
      }
      if (!isNode(next)) return found;
      found = next;
    }
    return found;
  };
}

function locator(name: string, document: Document, lines: LineCounter, find: FindNode): Locator {
  return {
    name,
    position(path) {
      const start = find(document, path)?.range?.[0];
      if (start === undefined) return undefined;
      const { line, col } = lines.linePos(start);
      return { line, column: col };
    },
  };
}

const at = (name: string, { line, col }: { line: number; col: number }): Locator => ({
  name,
  position: () => ({ line, column: col }),
});

let compiled: Promise<ValidateFunction> | undefined;

function validator(): Promise<ValidateFunction> {
  compiled ??= import('./libraries.js').then(({ Ajv2020 }) =>
    new Ajv2020({ allErrors: true }).compile(estateSchema),
  );
  return compiled;
}

/** One of the validator's errors in a sentence. */
function explain(error: ErrorObject, root: unknown, top: Place, problems: Problems): void {
  const path = stepsOf(error.instancePath, root);
  const place = within(top, ...path);
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      problems.add(within(place, key), `The key "${key}" is not known here.`);
      break;
    }
    case 'required':
      problems.add(place, `The key "${String(error.params.missingProperty)}" is missing.`);
      break;
    case 'type': {
      const wanted = String(error.params.type);
      const scalar = ['number', 'boolean'].includes(typeof valueAt(root, path));
      const hint = wanted === 'string' && scalar ? ' Put it in quotes.' : '';
      problems.add(place, `This must be ${nounOf(wanted)}.${hint}`);
      break;
    }
    case 'enum':
      problems.add(place, `This must be ${(error.params.allowedValues as unknown[]).join(' or ')}.`);
      break;
    case 'minLength':
    case 'minItems':
      problems.add(place, 'This must not be empty.');
      break;
    default:
      problems.add(place, `This ${error.message ?? 'does not fit the schema'}.`);
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  boolean: 'true or false',
};
const nounOf = (type: string): string => NOUNS[type] ?? type;

/** A JSON pointer (RFC 6901) as steps; numbers where lists are entered. */
function stepsOf(pointer: string, root: unknown): Path {
  const steps: (string | number)[] = [];
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    steps.push(Array.isArray(valueAt(root, steps)) ? Number(key) : key);
  }
  return steps;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  );
}
