/** Lists by pages, for APIs whose lists are short enough to be in memory (https://google.aip.dev/158). */
import { createHash } from 'node:crypto';
import { invalidArgument } from '../google/index.js';

export interface PageRequest {
  /** 0 when the caller leaves it to the server. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
  /** What is listed: "all other parameters must match" those of the call that the token is from. */
  readonly query?: string;
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
 * @throws GoogleError INVALID_ARGUMENT for a negative size, a token of another query or of somebody else's making
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
  const mark = markOf(request);
  const after = request.pageToken === '' ? undefined : readToken(request.pageToken, mark);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  const more = rest.length > size && last !== undefined;
  return { items: shown, nextPageToken: more ? Buffer.from(mark + keyOf(last)).toString('base64url') : '' };
}

/** What tokens of a query begin with. */
const markOf = ({ query }: PageRequest): string =>
  query === undefined ? '' : createHash('sha256').update(query).digest('base64url').slice(0, 8);

/** @returns the key in it */
function readToken(token: string, mark: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (Buffer.from(text).toString('base64url') !== token || !text.startsWith(mark))
    throw invalidArgument('Invalid page token.');
  return text.slice(mark.length);
}
