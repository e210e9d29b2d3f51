/** The `.tf` and `.tf.json` files that a plan was made of: where things stand, and what their expressions say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Place } from '../../checkpoint/index.js';
import { attributeAt, blockAt, type HclAttribute, type HclBlock, readHcl } from './hcl.js';
import type { Path } from './json.js';

interface FileBlock {
  readonly file: string;
  readonly block: HclBlock;
}

/** By `TYPE.NAME` (`data.TYPE.NAME`), by `local.NAME`, for one module. */
interface ModuleFiles {
  readonly resources: ReadonlyMap<string, FileBlock>;
  readonly locals: ReadonlyMap<string, HclAttribute>;
}

/** What is written in a directory and the local modules that it calls; empty where there is none. */
export class ConfigurationFiles {
  readonly #modules: ReadonlyMap<string, ModuleFiles>;

  private constructor(modules: ReadonlyMap<string, ModuleFiles>) {
    this.#modules = modules;
  }

  static readonly none = new ConfigurationFiles(new Map());

  /**
   * Reads a directory; what cannot be read is left out, for places are a help and no more.
   * @param directory as the user named it: places name their files below it
   */
  static read(directory: string): ConfigurationFiles {
    const modules = new Map<string, ModuleFiles>();
    readModule(directory, '', modules, 0);
    return new ConfigurationFiles(modules);
  }

  /** @param module the path of calls without keys, e.g. `app.db`; empty for the root */
  place(module: string, resource: string, path: Path = []): Place | undefined {
    const found = this.#modules.get(module)?.resources.get(resource);
    if (!found) return undefined;
    const { line, column } = attributeAt(found.block, path) ?? blockAt(found.block, path);
    return { file: found.file, line, column };
  }

  /** The expression of an attribute, as written. */
  expression(module: string, resource: string, path: Path): string | undefined {
    const found = this.#modules.get(module)?.resources.get(resource);
    return found && attributeAt(found.block, path)?.text;
  }

  /** The expression of a local value, as written. */
  local(module: string, name: string): string | undefined {
    return this.#modules.get(module)?.locals.get(name)?.text;
  }
}

const DEEPEST = 20;

function readModule(directory: string, path: string, modules: Map<string, ModuleFiles>, depth: number): void {
  const blocks = blocksIn(directory);
  const resources = new Map<string, FileBlock>();
  const locals = new Map<string, HclAttribute>();
  modules.set(path, { resources, locals });
  for (const { file, block } of blocks) {
    const [first = '', second = ''] = block.labels;
    if (block.type === 'resource') resources.set(`${first}.${second}`, { file, block });
    else if (block.type === 'data') resources.set(`data.${first}.${second}`, { file, block });
    else if (block.type === 'locals') for (const [name, local] of block.attributes) locals.set(name, local);
    else if (block.type === 'module' && depth < DEEPEST) {
      const source = literal(block.attributes.get('source')?.text);
      if (source?.startsWith('./') || source?.startsWith('../')) {
        readModule(join(directory, source), path === '' ? first : `${path}.${first}`, modules, depth + 1);
      }
    }
  }
}

function literal(text: string | undefined): string | undefined {
  return /^"([^"\\$%]*)"$/.exec(text ?? '')?.[1];
}

function blocksIn(directory: string): FileBlock[] {
  return namesIn(directory).flatMap((name) => {
    const file = join(directory, name);
    const text = textIn(file);
    if (text === undefined) return [];
    const blocks = name.endsWith('.tf.json') ? readJsonConfiguration(text) : readHcl(text);
    return blocks.map((block) => ({ file, block }));
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /\.tf(?:\.json)?$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** How many labels blocks of a type have. */
const LABELS: Readonly<Record<string, number>> = { resource: 2, data: 2, module: 1, locals: 0 };

/** Terraform's JSON syntax: blocks are objects, their labels the keys around them. */
function readJsonConfiguration(text: string): HclBlock[] {
  const lines = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter: lines });
  if (!isMap(contents)) return [];
  const blocks: HclBlock[] = [];
  const descend = (type: string, labels: readonly string[], key: Node, value: unknown): void => {
    if (labels.length === (LABELS[type] ?? 0)) {
      for (const each of isSeq(value) ? value.items : [value]) {
        blocks.push(jsonBlock(type, labels, key, each, lines));
      }
    } else if (isMap(value)) {
      for (const pair of value.items) {
        if (isScalar(pair.key)) descend(type, [...labels, String(pair.key.value)], pair.key, pair.value);
      }
    }
  };
  for (const pair of contents.items) {
    if (isScalar(pair.key) && Object.hasOwn(LABELS, String(pair.key.value))) {
      descend(String(pair.key.value), [], pair.key, pair.value);
    }
  }
  return blocks;
}

function jsonBlock(
  type: string,
  labels: readonly string[],
  key: Node,
  value: unknown,
  lines: LineCounter,
): HclBlock {
  const attributes = new Map<string, HclAttribute>();
  const blocks: HclBlock[] = [];
  const placeOf = (node: Node) => {
    const { line, col } = lines.linePos(node.range?.[0] ?? 0);
    return { line, column: col };
  };
  for (const pair of isMap(value) ? value.items : []) {
    if (!isScalar(pair.key)) continue;
    const name = String(pair.key.value);
    const inner = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const each of inner) if (isMap(each)) blocks.push(jsonBlock(name, [], pair.key, each, lines));
    if (isScalar(pair.value)) {
      attributes.set(name, { text: JSON.stringify(pair.value.value), ...placeOf(pair.key) });
    }
  }
  return { type, labels, ...placeOf(key), attributes, blocks };
}
