/** Reading folders, in either version: one of them, and which a list and a search answer. */
import type { AccessControl, Folder } from '../../access/index.js';
import { isUsable } from '../../access/index.js';
import type { Call } from '../../google/index.js';
import { folderName } from '../../names/index.js';
import { page } from '../paging.js';
import type { ResourceManagerDeps } from './deps.js';
import { existingFolder, folderIn, isKept } from './folders.js';
import { parseFolderQuery } from './query.js';

interface Page {
  readonly folders: readonly Folder[];
  readonly nextPageToken: string;
}

interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

type ListRequest = PageRequest & { readonly parent: string; readonly showDeleted: boolean };
type SearchRequest = PageRequest & { readonly query: string };

/** @param message the form that a folder has in the version */
export function folderReaders<M>(deps: ResourceManagerDeps, message: (folder: Folder) => M) {
  const { access } = deps;
  const answer = ({ folders, nextPageToken }: Page) => ({ folders: folders.map(message), nextPageToken });
  return {
    getFolder: async ({ name }: { readonly name: string }, { time }: Call) =>
      message(await existingFolder(deps, folderIn(name), time)),
    listFolders: async (request: ListRequest, { time }: Call) =>
      answer(await listFolders(access, request, time)),
    searchFolders: async (request: SearchRequest, call: Call) =>
      answer(await searchFolders(access, request, call)),
  };
}

const PAGES = { default: 300, max: 1000 };

/** "folders sorted based upon the (ascending) lexical ordering of their display_name" (Folders.ListFolders) */
async function listFolders(access: AccessControl, request: ListRequest, time: Date): Promise<Page> {
  const children = (await access.folders.list()).filter(
    (folder) =>
      folder.parent === request.parent && (isUsable(folder) || (request.showDeleted && isKept(folder, time))),
  );
  return folderPage(children, ({ displayName, id }) => `${displayName}\0${id}`, request);
}

/** Those that match and that the caller may get. @throws GoogleError INVALID_ARGUMENT for a query that is not supported */
async function searchFolders(
  access: AccessControl,
  request: SearchRequest,
  { principal, time }: Call,
): Promise<Page> {
  const matches = parseFolderQuery(request.query);
  const visible: Folder[] = [];
  for (const folder of (await access.folders.list()).filter(matches)) {
    const resource = folderName(folder.id);
    if (!isKept(folder, time)) continue;
    if (await access.isGranted(principal, 'resourcemanager.folders.get', resource, time))
      visible.push(folder);
  }
  return folderPage(visible, ({ id }) => id, request);
}

function folderPage(
  folders: readonly Folder[],
  keyOf: (folder: Folder) => string,
  request: PageRequest,
): Page {
  const sorted = [...folders].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { items, nextPageToken } = page(sorted, keyOf, request, PAGES);
  return { folders: items, nextPageToken };
}
