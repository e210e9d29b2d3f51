/** The estate that a plane starts with. */
import { PUBLIC_PROJECT } from '../../registry/index.js';
import { openSqlite, type Store } from '../../store/index.js';
import { applyEstate, type EstateDeps } from './apply.js';
import type { EstateFile } from './read.js';
import { PREFIX } from './rows.js';

/**
 * Tries the files on an empty plane in memory, before there is anything that would have to be taken back.
 * @throws EstateError
 */
export async function checkEstate(
  deps: Omit<EstateDeps, 'store'>,
  files: readonly EstateFile[],
): Promise<void> {
  const store = openSqlite(':memory:');
  try {
    await applyEstate({ ...deps, store }, { files, exact: false, dryRun: true });
  } finally {
    await store.close();
  }
}

/**
 * Applies the files to a plane that has nothing of its own yet.
 * @returns what became of them
 * @throws EstateError
 */
export async function applyFirst(
  deps: EstateDeps,
  files: readonly EstateFile[],
): Promise<'applied' | 'left-alone'> {
  if (!(await isEmpty(deps.store))) return 'left-alone';
  await applyEstate(deps, { files, exact: false, dryRun: false });
  return 'applied';
}

/** Nobody has made anything: Google's sample images are there from the start. */
async function isEmpty(store: Store): Promise<boolean> {
  for (const prefix of [PREFIX.organizations, PREFIX.folders, PREFIX.groups]) {
    if ((await store.list(prefix, { limit: 1 })).length > 0) return false;
  }
  const projects = await store.list(PREFIX.projects, { limit: 2 });
  return projects.every(({ key }) => key === PREFIX.projects + PUBLIC_PROJECT);
}
