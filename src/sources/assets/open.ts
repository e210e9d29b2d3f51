/** Opens an export, several, or a folder of policies, and makes an inventory of it. */
import path from 'node:path';
import type { OnBytes } from '../files/index.js';
import { type AssetsHelp, type OpenedAssets, opened } from './opened.js';
import { readFiles } from './read.js';
import { type ReadyExport, readyExport } from './ready/index.js';
import { Taken } from './taken.js';

export interface AssetsOptions extends AssetsHelp {
  readonly onBytes?: OnBytes;
  /** The export, where somebody has looked for it before. */
  readonly ready?: ReadyExport;
}

/**
 * Reads what the path names: a file of `gcloud asset export`, `gcloud asset list`, `search-all-iam-policies` or
 * `search-all-resources` (JSON or newline-delimited JSON, gzip or not), a directory of such files, or a folder of
 * policies laid out as layout.ts says.
 * @throws AssetsProblem naming the file and the place of what cannot be read
 */
export async function openAssets(file: string, options: AssetsOptions = {}): Promise<OpenedAssets> {
  const taken = new Taken();
  const ready = options.ready ?? (await readyExport(file));
  try {
    await readFiles(ready, taken, options);
  } finally {
    await ready.threads?.close();
  }
  return opened(taken.collected, path.basename(file), options);
}
