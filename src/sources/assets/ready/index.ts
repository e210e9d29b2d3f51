/**
 * Finds the files of exports, and begins the threads that will read them: what can be done before it is known how, while
 * the rest of the program is still being loaded.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FoundFile, filesAt, UnreadableFile } from '../../files/index.js';
import { AssetsProblem } from '../problem.js';
import { Threads } from './threads.js';

export { type FoldedBatch, Threads } from './threads.js';

/** An export that is about to be read. */
export interface ReadyExport {
  readonly files: readonly FoundFile[];
  /** Bytes of all of them. */
  readonly size: number;
  /** Undefined where little is to be read, or nothing was built. Whoever is done with them closes them. */
  readonly threads: Threads | undefined;
}

/** Threads cost a tenth of a second: what is read in less is read without them. */
const MANY_BYTES = 16 * 1024 * 1024;

/** @throws AssetsProblem for what is not there, and for an empty directory */
export async function readyExport(file: string): Promise<ReadyExport> {
  const files = await filesAt(file).catch((error: unknown) => {
    throw new AssetsProblem(file, '', UnreadableFile.from(error).message);
  });
  if (files.length === 0) throw new AssetsProblem(file, '', 'is an empty directory');
  const size = files.reduce((sum, found) => sum + found.size, 0);
  const script = size < MANY_BYTES ? undefined : builtScript();
  return { files, size, threads: script === undefined ? undefined : new Threads(script) };
}

/** What the threads run, which is built beside what this module is built into; undefined where nothing was built. */
function builtScript(): string | undefined {
  const script = fileURLToPath(new URL('./assets-worker.js', import.meta.url));
  return existsSync(script) ? script : undefined;
}
