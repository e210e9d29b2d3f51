/**
 * Filters, orders and pages of this API's lists (docs of ListPackages, ListVersions, ListTags, ListFiles):
 * `FIELD="VALUE"` with `*` for any characters, in any case of letters; one field to order by, `desc` after it for the
 * reverse. gcloud takes INVALID_ARGUMENT for "do it yourself" and filters and sorts by itself.
 */
import { invalidArgument } from '../../google/index.js';
import type { PageRequest } from '../paging.js';

/** "The maximum page size is 1,000" (ListRepositoriesRequest), which is also what we give unasked. */
const PAGE = 1000;

export interface Listing<T> {
  /** Unique in the list; the order where none is asked for. */
  readonly key: (item: T) => string;
  /** What may be ordered by, by the field's name in snake case. */
  readonly orders: Readonly<Record<string, (item: T) => string | number>>;
  /** What may be filtered by: the field's values, of which one must match. */
  readonly filters: Readonly<Record<string, (item: T) => readonly string[]>>;
}

export interface ListRequest extends PageRequest {
  readonly filter?: string;
  readonly orderBy?: string;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** Where a page ended. */
interface Mark {
  /** Filter and order of the list: a token is good for the list it came from. */
  readonly of: string;
  readonly value: string | number;
  readonly key: string;
}

/**
 * One page of the items that the filter lets through, in the order asked for. A token names the last item of the page
 * before, so that items that come and go meanwhile neither repeat nor hide others.
 * @throws GoogleError INVALID_ARGUMENT for a filter, an order, a size or a token that makes no sense
 */
export function listed<T>(items: readonly T[], listing: Listing<T>, request: ListRequest): Listed<T> {
  const { filter = '', orderBy = '', pageSize, pageToken } = request;
  if (pageSize < 0) throw invalidArgument('The page size must not be negative.');
  const matches = readFilter(filter, listing.filters);
  const { orderOf, sign } = readOrder(orderBy, listing.orders);
  const of = JSON.stringify([filter, orderBy]);
  const markOf = (item: T): Mark => ({ of, value: orderOf(item), key: listing.key(item) });
  const compare = (a: Mark, b: Mark) => sign * order(a.value, b.value) || order(a.key, b.key);
  const after = pageToken === '' ? undefined : readToken(pageToken, of);
  const rest = items
    .filter(matches)
    .map((item) => ({ item, mark: markOf(item) }))
    .sort((a, b) => compare(a.mark, b.mark))
    .filter(({ mark }) => after === undefined || compare(mark, after) > 0);
  const shown = rest.slice(0, pageSize === 0 ? PAGE : Math.min(pageSize, PAGE));
  const last = shown.at(-1);
  return {
    items: shown.map(({ item }) => item),
    nextPageToken: last !== undefined && rest.length > shown.length ? writeToken(last.mark) : '',
  };
}

function order(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readOrder<T>(orderBy: string, orders: Listing<T>['orders']) {
  const [, name = '', direction = 'asc'] = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/i.exec(orderBy) ?? [];
  if (orderBy.trim() === '') return { orderOf: () => 0, sign: 1 };
  const field = snakeCase(name);
  const orderOf = Object.hasOwn(orders, field) ? orders[field] : undefined;
  if (!orderOf) throw invalidArgument(`Invalid order_by "${orderBy}": ${known(orders)}.`);
  return { orderOf, sign: direction.toLowerCase() === 'desc' ? -1 : 1 };
}

function readFilter<T>(filter: string, filters: Listing<T>['filters']): (item: T) => boolean {
  if (filter.trim() === '') return () => true;
  const [, name = '', quoted, bare] = /^\s*(\w+)\s*=\s*(?:"([^"]*)"|([^\s"]+))\s*$/.exec(filter) ?? [];
  const field = snakeCase(name);
  const valuesOf = Object.hasOwn(filters, field) ? filters[field] : undefined;
  if (!valuesOf) throw invalidArgument(`Invalid filter "${filter}": ${known(filters)}, as in FIELD="VALUE".`);
  const pattern = wildcards(quoted ?? bare ?? '');
  return (item) => valuesOf(item).some((value) => pattern.test(value));
}

function wildcards(value: string): RegExp {
  const parts = value.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
}

function known(fields: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(fields);
  return names.length === 0
    ? 'it is not supported here'
    : `the fields supported here are ${names.join(', ')}`;
}

/** `createTime`, `create_time` and `CREATE_TIME` are one field. */
function snakeCase(name: string): string {
  return (/[a-z]/.test(name) ? name.replace(/([A-Z])/g, '_$1') : name).toLowerCase();
}

function writeToken({ of, value, key }: Mark): string {
  return Buffer.from(JSON.stringify([of, value, key])).toString('base64url');
}

function readToken(token: string, of: string): Mark {
  try {
    const [list, value, key]: unknown[] = JSON.parse(Buffer.from(token, 'base64url').toString());
    const valid = typeof value === 'string' || typeof value === 'number';
    if (list === of && valid && typeof key === 'string') return { of, value, key };
  } catch {
    // Told below, like a token of another list.
  }
  throw invalidArgument('Invalid page token.');
}
