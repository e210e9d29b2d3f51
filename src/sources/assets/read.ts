/** Reads the files of exports, line by line or as wholes, by threads where there is much to read. */
import type { FoundFile, OnBytes } from '../files/index.js';
import { readAssets } from './asset.js';
import { piecesOf } from './bytes.js';
import { LAYOUT, placeOf } from './layout.js';
import { isPolicyAlone } from './policies.js';
import { AssetsProblem } from './problem.js';
import type { Elsewhere } from './read-lines.js';
import type { FoldedBatch, ReadyExport, Threads } from './ready/index.js';
import { readRecords } from './records.js';
import type { TakesExports } from './taken.js';
import type { OnRecord } from './values.js';

export interface Reading {
  readonly onBytes?: OnBytes | undefined;
  /** Roles whose bindings nobody will ask for. */
  readonly beside?: readonly string[];
}

/** @throws AssetsProblem naming the file and the place of what cannot be read */
export async function readFiles(
  { files, threads }: ReadyExport,
  into: TakesExports,
  { onBytes, beside = [] }: Reading,
): Promise<void> {
  threads?.tell({ kind: 'begin', beside });
  const elsewhere = threads && foldedBy(threads, into);
  for (const found of files) {
    const onRecord: OnRecord = (value, place) => take(value, place, found, into);
    into.from(exportOf(found));
    if (/\.ya?ml$/.test(found.name)) {
      onRecord(await readYaml(found.name, onBytes), () => ({ file: found.name, place: '' }));
    } else await readRecords(found.name, onRecord, { onBytes, elsewhere, size: found.size });
  }
}

function foldedBy(threads: Threads, into: TakesExports): Elsewhere {
  const take =
    ({ folded, by }: FoldedBatch) =>
    () => {
      into.unfold(folded, by);
      return folded.lines;
    };
  return {
    depth: threads.depth,
    async batch(bytes) {
      const read = await threads.fold(bytes);
      return 'folded' in read ? take(read) : read.unread;
    },
    async range(range) {
      const read = await threads.foldRange(range);
      return read === 'unread' ? read : take(read);
    },
  };
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
  into: TakesExports,
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
    into.add({ name, type, ancestors: [], updateTime: '', policy: value, chosen: true });
    return;
  }
  const read = readAssets(value);
  if ('problem' in read) throw new AssetsProblem(file, place().place, read.problem);
  for (const asset of read) into.add(asset);
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
  // Of exports of assets, none is in YAML.
  const { parse, YAMLParseError } = await import('yaml');
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
