/** Lists by pages, for APIs whose lists are short enough to be in memory (https://google.aip.dev/158). */
import { invalidArgument } from '../google/index.js';

export interface PageRequest {
  /** 0 when the caller leaves it to the server. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

export interface PageLimits {
  readonly default: number;
  /** Larger sizes are cut to this. */
  readonly max: number;
}

/**
 * One page of the items, which are sorted by their keys. The token names the last key of the page before, so
 * that items that come and go meanwhile neither repeat nor hide others.
 * @param keyOf the item's key, unique in the list
 * @returns the items, and the next page's token: empty on the last page
 * @throws GoogleError INVALID_ARGUMENT for a negative size or a token of somebody else's making
 */
export function page<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  request: PageRequest,
  limits: PageLimits,
): { readonly items: readonly T[]; readonly nextPageToken: string } {
  if (!Number.isInteger(request.pageSize) || request.pageSize < 0) {
    throw invalidArgument('The page size must not be negative.');
  }
  const size = Math.min(request.pageSize === 0 ? limits.default : request.pageSize, limits.max);
  const after = request.pageToken === '' ? undefined : readToken(request.pageToken);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  const more = rest.length > size && last !== undefined;
  return { items: shown, nextPageToken: more ? Buffer.from(keyOf(last)).toString('base64url') : '' };
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (Buffer.from(key).toString('base64url') !== token) throw invalidArgument('Invalid page token.');
  return key;
}
