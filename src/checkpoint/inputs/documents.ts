/** The documents of a YAML or JSON file, as plain values whose places in the file can be asked for. */
import type { Document, LineCounter, Node } from 'yaml';
import type { Place } from '../places.js';
import { BadInput } from './text.js';

export type Path = readonly (string | number)[];

/** One document of a file. */
export interface FileDocument {
  readonly value: unknown;
  /** Where the value at the path begins; its nearest ancestor's place where it has none of its own. */
  readonly placeOf: (path: Path) => Place;
  /** Where the key of the last step is written. */
  readonly keyOf: (path: Path) => Place;
}

/** Nothing that anybody writes: the parser would take long to find that out. */
const ENDLESS = /(?:[[{]\s{0,9}){500}/;
const TOO_DEEP = 'is nested too deeply.';

type Library = typeof import('./libraries.js');

/** More than any file with a purpose has; each costs time. */
const MOST_DOCUMENTS = 1000;
/** How often aliases may repeat what they stand for: a small file must not become a huge one. */
const MOST_ALIASES = 100;

/**
 * The file's documents, without empty ones. YAML 1.1, as gcloud reads it (merge keys, `yes` and `no`), and so JSON.
 * @throws BadInput naming the line of what is neither, of a key that stands twice, and of aliases that grow too large
 */
export async function readDocuments(text: string, file: string): Promise<readonly FileDocument[]> {
  const library = await import('./libraries.js');
  if (ENDLESS.test(text)) throw new BadInput(file, TOO_DEEP);
  const lines = new library.LineCounter();
  const parsed = parse(text, file, lines, library);
  if (parsed.length > MOST_DOCUMENTS)
    throw new BadInput(file, `holds ${parsed.length} documents; ${MOST_DOCUMENTS} are the most.`);
  return parsed.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new BadInput(at(lines, error.pos[0], file), sentence(error.message));
    const value = plainValue(document, file);
    if (value === null || value === undefined) return [];
    const find = (path: Path, key: boolean) =>
      at(lines, nodeAt(document, path, key, library)?.range?.[0] ?? document.range?.[0] ?? 0, file);
    return [{ value, placeOf: (path) => find(path, false), keyOf: (path) => find(path, true) }];
  });
}

function parse(text: string, file: string, lineCounter: LineCounter, library: Library): Document[] {
  try {
    const documents = library.parseAllDocuments(text, {
      lineCounter,
      prettyErrors: false,
      version: '1.1',
      logLevel: 'silent',
    });
    return [...documents];
  } catch (error) {
    throw new BadInput(file, sentence((error as Error).message));
  }
}

function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new BadInput(file, sentence((error as Error).message));
  }
}

/** The parser calls itself for each level, and so finds the end of the stack before that of the file. */
const sentence = (message: string) =>
  message.includes('call stack') ? TOO_DEEP : `${message.replace(/\.$/, '')}.`;

function at(lines: LineCounter, offset: number, file: string): Place {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The node at a path, or its nearest ancestor's. @param key the last step's key rather than its value */
function nodeAt(document: Document, path: Path, key: boolean, library: Library): Node | undefined {
  const { isAlias, isMap, isNode, isScalar, isSeq } = library;
  let found: Node | undefined = document.contents ?? undefined;
  for (const [index, step] of path.entries()) {
    const node: unknown = isAlias(found) ? found.resolve(document) : found;
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === step);
      next = key && index === path.length - 1 ? pair?.key : (pair?.value ?? pair?.key);
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step];
    }
    if (!isNode(next)) return found;
    found = next;
  }
  return found;
}
