/** Real projects of Google Cloud, copied. */
import type { Source } from '../../checkpoint/index.js';
import { membersOf } from '../google/groups.js';
import type { GoogleReader } from '../google/index.js';
import { copyEstate } from './copy.js';
import type { CopyOptions } from './copying.js';
import type { EstateCopy } from './document.js';
import { type Gap, GoogleLists } from './google-lists.js';

export interface GoogleCopy {
  readonly estate: EstateCopy;
  /** What could not be read, one sentence each: decisions may differ by it. */
  readonly gaps: readonly string[];
}

/**
 * Copies projects, with what is above them and whom their policies name. Nothing is changed, and what secrets hold is
 * not read.
 * @param source that reads by the reader
 * @throws CopyError for a project that cannot be seen; GoogleSignInError when Google does not accept who asks
 */
export async function copyFromGoogle(
  reader: GoogleReader,
  source: Source,
  choice: Pick<CopyOptions, 'projects' | 'locations' | 'caller'>,
): Promise<GoogleCopy> {
  const gaps = new Set<string>();
  const gap: Gap = (what, why) => gaps.add(`${what}: ${why}`);
  const lists = new GoogleLists(reader, gap);
  const estate = await copyEstate({
    ...choice,
    ...{ source, lists, gap },
    membersOf: (group) => membersOf(reader, group),
  });
  return { estate, gaps: [...gaps] };
}
