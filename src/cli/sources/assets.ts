/** Reads the export that the command line chose, as a whole, and shows how far it has got. */
import type { AssetsOptions, OpenedAssets } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import type { SourceChoice } from './choice.js';
import { groupsIn } from './groups.js';
import { progressBar } from './progress.js';

export type ExportChoice = Extract<SourceChoice, { kind: 'assets' }>;

/**
 * @param read what reads it, and loads what it takes to do so while threads are beginning
 * @throws UsageError and BadInput for a file of groups that cannot be read; what reading throws
 */
export async function readingExport<T>(
  { path, complete, groups: file }: ExportChoice,
  context: CliContext,
  read: (path: string, options: AssetsOptions) => Promise<T>,
): Promise<T> {
  const { readyExport } = await import('../../sources/assets/ready/index.js');
  const ready = await readyExport(path);
  try {
    const groups = file === undefined ? undefined : await groupsIn(file, context);
    const bar = await progressBar(ready.size, context);
    try {
      return await read(path, {
        ready,
        ...(groups && { groups }),
        complete,
        onBytes: (bytes) => bar.add(bytes),
      });
    } finally {
      bar.stop();
    }
  } finally {
    // Nobody need wait for threads that have nothing to do.
    void ready.threads?.close();
  }
}

/** @throws UsageError, BadInput and AssetsProblem for files that cannot be read */
export async function openExport(choice: ExportChoice, context: CliContext): Promise<OpenedAssets> {
  const { openAssets } = await import('../../sources/assets/index.js');
  return readingExport(choice, context, openAssets);
}
