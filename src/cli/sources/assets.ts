/** Opens the export that the command line chose, as a whole, and shows how far it has got. */
import type { OpenedAssets } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import { progressBar } from '../scan/progress.js';
import type { SourceChoice } from './choice.js';
import { groupsIn } from './groups.js';

/**
 * @param complete the export is of all types and both contents
 * @throws UsageError, BadInput and AssetsProblem for files that cannot be read
 */
export async function openExport(
  { path, groups: file }: Extract<SourceChoice, { kind: 'assets' }>,
  complete: boolean,
  context: CliContext,
): Promise<OpenedAssets> {
  const { assetsSize, openAssets } = await import('../../sources/index.js');
  const groups = file === undefined ? undefined : await groupsIn(file, context);
  const bar = await progressBar(await assetsSize(path), context);
  try {
    return await openAssets(path, {
      ...(groups && { groups }),
      complete,
      onBytes: (bytes) => bar.add(bytes),
    });
  } finally {
    bar.stop();
  }
}
