/** Kubernetes paging: `limit` and an opaque `continue` (https://kubernetes.io/docs/reference/using-api/api-concepts). */
import { invalidArgument } from '../../google/index.js';
import { page } from '../paging.js';
import type { Target } from './requests.js';

/** The query parameters of a list. */
export const LIST_PARAMETERS = ['labelSelector', 'limit', 'continue'] as const;

export interface Listed<T> {
  readonly items: readonly T[];
  /** A list's `metadata`. */
  readonly metadata: { readonly continue?: string };
}

/**
 * The page that a call asks for; all of it when it sets no limit.
 * @param items sorted by their keys
 * @throws INVALID_ARGUMENT for a limit that is no number, and for a token that was never given to this query
 */
export function listed<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { project, location, input: { query, binding } }: Target,
): Listed<T> {
  const limit = query.get('limit') ?? '';
  if (!/^\d*$/.test(limit)) throw invalidArgument(`Invalid limit '${limit}'.`);
  const all = Number.MAX_SAFE_INTEGER;
  const request = {
    pageSize: Number(limit),
    pageToken: query.get('continue') ?? '',
    query: [binding?.template, project, location, query.get('labelSelector')].join(' '),
  };
  const { items: shown, nextPageToken } = page(items, keyOf, request, { default: all, max: all });
  return { items: shown, metadata: nextPageToken === '' ? {} : { continue: nextPageToken } };
}
