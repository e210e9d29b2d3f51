/** Which folders a list and a search answer, in either version. */
import type { AccessControl, Folder } from '../../access/index.js';
import { isUsable } from '../../access/index.js';
import type { Call } from '../../google/index.js';
import { folderName } from '../../names/index.js';
import { page } from '../paging.js';
import { isKept } from './folders.js';
import { parseFolderQuery } from './query.js';

interface Page {
  readonly folders: readonly Folder[];
  readonly nextPageToken: string;
}

interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

const PAGES = { default: 300, max: 1000 };

/** "folders sorted based upon the (ascending) lexical ordering of their display_name" (Folders.ListFolders) */
export async function listFolders(
  access: AccessControl,
  request: PageRequest & { readonly parent: string; readonly showDeleted: boolean },
  time: Date,
): Promise<Page> {
  const children = (await access.folders.list()).filter(
    (folder) =>
      folder.parent === request.parent && (isUsable(folder) || (request.showDeleted && isKept(folder, time))),
  );
  return folderPage(children, ({ displayName, id }) => `${displayName}\0${id}`, request);
}

/** Those that match and that the caller may get. @throws GoogleError INVALID_ARGUMENT for a query that is not supported */
export async function searchFolders(
  access: AccessControl,
  request: PageRequest & { readonly query: string },
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
