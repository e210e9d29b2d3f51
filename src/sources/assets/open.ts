/** Opens an export, several, or a folder of policies, and makes an inventory of it. */
import path from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import type { Inventory } from '../../checkpoint/index.js';
import { type FoundFile, filesAt, type OnBytes, UnreadableFile } from '../files/index.js';
import { type InventoryContents, inventoryOf } from '../inventory/index.js';
import { readAssets } from './asset.js';
import { piecesOf } from './bytes.js';
import { Collected } from './collect.js';
import { estateOf } from './estate.js';
import { LAYOUT, placeOf } from './layout.js';
import { isPolicyAlone } from './policies.js';
import { AssetsProblem } from './problem.js';
import { type Elsewhere, type OnRecord, readRecords } from './records.js';
import { type Batch, builtScript, Threads } from './threads.js';

export interface AssetsOptions {
  /** A group's address → its members; nobody's where left out. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** The export is of all types and both contents: what it does not name is not there. */
  readonly complete?: boolean;
  readonly onBytes?: OnBytes;
}

export interface OpenedAssets {
  readonly inventory: Inventory;
  /** What the inventory answers by: all that was found. */
  readonly contents: InventoryContents;
  /** What a reader should know of what was read, in English. */
  readonly notes: readonly string[];
}

/**
 * Reads what the path names: a file of `gcloud asset export`, `gcloud asset list`, `search-all-iam-policies` or
 * `search-all-resources` (JSON or newline-delimited JSON, gzip or not), a directory of such files, or a folder of
 * policies laid out as layout.ts says.
 * @throws AssetsProblem naming the file and the place of what cannot be read
 */
export async function openAssets(file: string, options: AssetsOptions = {}): Promise<OpenedAssets> {
  const collected = new Collected();
  const files = await filesOf(file);
  const threads = threadsFor(files);
  try {
    for (const found of files) await readFileInto(found, collected, { ...options, threads });
  } finally {
    await threads?.close();
  }
  const { contents, notes } = estateOf(collected, {
    name: path.basename(file),
    groups: options.groups ?? {},
    complete: options.complete === true,
  });
  return { inventory: inventoryOf(contents), contents, notes };
}

/** How many bytes openAssets() will read: what a progress bar is full at. */
export async function assetsSize(file: string): Promise<number> {
  return (await filesOf(file)).reduce((sum, { size }) => sum + size, 0);
}

async function filesOf(file: string): Promise<readonly FoundFile[]> {
  const files = await filesAt(file).catch((error: unknown) => {
    throw new AssetsProblem(file, '', UnreadableFile.from(error).message);
  });
  if (files.length === 0) throw new AssetsProblem(file, '', 'is an empty directory');
  return files;
}

/** Threads cost a tenth of a second: what is read in less is read without them. */
const MANY_BYTES = 16 * 1024 * 1024;

function threadsFor(files: readonly FoundFile[]): Threads | undefined {
  if (files.reduce((sum, { size }) => sum + size, 0) < MANY_BYTES) return undefined;
  const script = builtScript();
  return script === undefined ? undefined : new Threads(script);
}

interface Reading {
  readonly onBytes?: OnBytes | undefined;
  readonly threads: Threads | undefined;
}

async function readFileInto(
  found: FoundFile,
  collected: Collected,
  { onBytes, threads }: Reading,
): Promise<void> {
  const onRecord: OnRecord = (value, place) => take(value, place, found, collected);
  collected.from(exportOf(found));
  if (/\.ya?ml$/.test(found.name)) {
    onRecord(await readYaml(found.name, onBytes), () => ({ file: found.name, place: '' }));
  } else
    await readRecords(found.name, onRecord, { onBytes, elsewhere: threads && foldedBy(threads, collected) });
}

function foldedBy(threads: Threads, collected: Collected): Elsewhere {
  const taken = (batch: Batch) => {
    if ('bytes' in batch) return batch.bytes;
    return () => {
      batch.by.unfold(batch.folded, collected);
      return batch.folded.lines;
    };
  };
  return { depth: threads.depth, read: async (batch) => taken(await threads.fold(batch)) };
}

/**
 * Which export a file belongs to: it is one by itself, but for those of a prefix, which has a file for each type,
 * `PREFIX/TYPE/SHARD` (https://cloud.google.com/asset-inventory/docs/reference/rest/v1/OutputConfig).
 */
function exportOf({ name, below = name }: FoundFile): string {
  return below.replace(/(^|\/)[^/]+\.googleapis\.com\/[^/]+\/[^/]+$/, '$1');
}

function take(
  value: unknown,
  place: Parameters<OnRecord>[1],
  { name: file, below }: FoundFile,
  collected: Collected,
): void {
  if (isPolicyAlone(value)) {
    const placed = below === undefined ? undefined : placeOf(below);
    if (placed === undefined) {
      throw new AssetsProblem(
        file,
        '',
        `is a policy, but where it lies does not say whose. Lay out a folder as ${LAYOUT}`,
      );
    }
    const { resource: name, type } = placed;
    collected.add({ name, type, ancestors: [], updateTime: '', policy: value, chosen: true });
    return;
  }
  const read = readAssets(value);
  if ('problem' in read) throw new AssetsProblem(file, place().place, read.problem);
  for (const asset of read) collected.add(asset);
}

const MAX_YAML = 16 * 1024 * 1024;

async function readYaml(file: string, onBytes?: OnBytes): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of piecesOf(file, onBytes)) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_YAML)
      throw new AssetsProblem(file, '', `is YAML of more than ${MAX_YAML / 1024 / 1024} MB`);
  }
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
    return parse(decoded, { maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof YAMLParseError) {
      const line = error.linePos?.[0].line;
      throw new AssetsProblem(file, line === undefined ? '' : `:${line}`, `is not YAML: ${error.code}`);
    }
    throw new AssetsProblem(file, '', error instanceof TypeError ? 'is not UTF-8' : 'is not YAML');
  }
}
