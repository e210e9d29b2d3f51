/** Lists by pages, as the distribution API cuts them: `n` at most, after `last` (OCI distribution 1.1, "Listing Tags"). */
import { OciError } from './oci-errors.js';

export interface ListPage {
  readonly items: readonly string[];
  /** The query of the next page; undefined on the last one. */
  readonly next?: string;
}

/** @param all sorted @throws OciError UNSUPPORTED for an `n` that is no number */
export function pageOf(all: readonly string[], query: URLSearchParams): ListPage {
  const after = query.get('last');
  const rest = after === null ? all : all.filter((item) => item > after);
  const size = pageSize(query.get('n'));
  const items = rest.slice(0, size);
  const last = items.at(-1);
  if (items.length === rest.length || last === undefined) return { items };
  return { items, next: String(new URLSearchParams({ n: String(size), last })) };
}

function pageSize(text: string | null): number {
  if (text === null) return Number.POSITIVE_INFINITY;
  if (!/^\d{1,9}$/.test(text)) throw new OciError(400, 'UNSUPPORTED', `n must be a number: ${text}`);
  return Number(text);
}
