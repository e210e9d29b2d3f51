/** `roles.json` in the data directory: written by `sekisho roles sync`, read when a plane starts. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  layeredCatalogue,
  parseSyncedRoles,
  predefinedRoles,
  type RoleCatalogue,
  roleCatalogue,
  type SyncedRoles,
  syncedRolesText,
} from '../../iam/index.js';
import { DataDirError, prepareDataDir, writeWhole } from '../data-dir.js';

const fileIn = (dataDir: string): string => path.join(dataDir, 'roles.json');

/** @returns undefined when none were ever synced. @throws DataDirError for a file that cannot be used */
export async function readSyncedRoles(dataDir: string): Promise<SyncedRoles | undefined> {
  const file = fileIn(dataDir);
  try {
    return parseSyncedRoles(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const why = (error as Error).message;
    throw new DataDirError(
      `The roles in ${file} cannot be used: ${why}. Fetch them again (sekisho roles sync), or remove the file.`,
    );
  }
}

/** @returns where they are now. @throws DataDirError when the directory cannot be used */
export async function saveSyncedRoles(dataDir: string, synced: SyncedRoles): Promise<string> {
  await prepareDataDir(dataDir);
  return writeSyncedRoles(fileIn(dataDir), synced);
}

/** Writes them to a file of the user's. @returns where they are now */
export async function writeSyncedRoles(file: string, synced: SyncedRoles): Promise<string> {
  await writeWhole(file, syncedRolesText(synced));
  return file;
}

/** The predefined roles that a plane on the directory goes by. @throws DataDirError */
export async function rolesOf(dataDir: string): Promise<RoleCatalogue> {
  const synced = await readSyncedRoles(dataDir);
  return synced ? layeredCatalogue(roleCatalogue(synced.roles), predefinedRoles) : predefinedRoles;
}
