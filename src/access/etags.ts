/** Read, change and write back: whether what was read is still what is stored. */
import { aborted, type GoogleError } from '../google/index.js';

/** Clients decode etags and encode them again, some in the URL-safe alphabet (gcloud): the bytes count. */
export function sameEtag(one: string, other: string): boolean {
  return Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'));
}

/** https://cloud.google.com/iam/docs/retry-strategy#etag */
export function concurrentChange(): GoogleError {
  return aborted(
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
  );
}
