/** Changes of keys and values: "Only the description and etag fields can be updated" (UpdateTagKeyRequest). */
import type { TagDefinition } from '../../../access/index.js';
import { badField, invalidArgument } from '../../../google/index.js';

/** "The server allows a maximum of 300 … If unspecified, the server will use 100 as the default." */
export const PAGES = { default: 100, max: 300 };

/** Empty stands for one that was not sent. */
export const etagIn = (etag: string): string | undefined => (etag === '' ? undefined : etag);

interface Sent {
  readonly parent: string;
  readonly shortName: string;
  readonly description: string;
  readonly etag: string;
}

/** "If omitted entirely, both description and etag are assumed to be significant." @throws GoogleError INVALID_ARGUMENT */
export function changeIn(
  sent: Sent,
  updateMask: { readonly paths: readonly string[] } | undefined,
  current: TagDefinition,
): { readonly description: string; readonly etag: string | undefined } {
  const paths = updateMask?.paths ?? [];
  const unknown = paths.find((path) => path !== 'description' && path !== 'etag');
  if (unknown !== undefined) throw invalidArgument(`update_mask: the field '${unknown}' cannot be updated.`);
  const described = paths.length === 0 || paths.includes('description');
  return { description: described ? sent.description : current.description, etag: etagIn(sent.etag) };
}

/** What cannot change may be sent back as it was. @throws GoogleError INVALID_ARGUMENT */
export function requireUnchanged({ shortName }: Sent, current: TagDefinition): void {
  if (shortName === '' || shortName === current.shortName) return;
  throw badField('short_name', 'The short name cannot be changed.');
}
