/** Real projects of Google Cloud, copied. */
import type { Source } from '../../checkpoint/index.js';
import { membersOf } from '../google/groups.js';
import type { GoogleReader } from '../google/index.js';
import { withGroups } from '../helped/index.js';
import { copyEstate } from './copy.js';
import type { CopiedEstate, CopyOptions } from './copying.js';
import { GoogleLists } from './google-lists.js';
import { toldMembers } from './groups.js';

export interface GoogleCopyChoice extends Pick<CopyOptions, 'projects' | 'locations' | 'caller'> {
  /** A group's address → its members, as the user knows them. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Copies projects, with what is above them and whom their policies name. Nothing is changed, and what secrets hold is
 * not read.
 * @param source that reads by the reader
 * @throws CopyError for a project that cannot be seen; GoogleSignInError when Google does not accept who asks
 */
export function copyFromGoogle(
  reader: GoogleReader,
  source: Source,
  { groups = {}, ...choice }: GoogleCopyChoice,
): Promise<CopiedEstate> {
  return copyEstate({
    ...choice,
    source: withGroups(source, groups),
    lists: (gap) => new GoogleLists(reader, gap),
    membersOf: toldMembers(groups, (group) => membersOf(reader, group)),
  });
}
