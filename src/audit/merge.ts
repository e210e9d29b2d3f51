/** Reads the entries of several projects in one order, a page of the store at a time. */
import { setImmediate } from 'node:timers/promises';
import type { Store } from '../store/index.js';
import { entriesPrefix, timeOfPosition } from './keys.js';
import type { TimeBounds } from './query/index.js';
import type { LogEntry } from './types.js';

/** An entry and its place in the order: its position, then (for equal positions) its project. */
export interface Placed {
  readonly position: string;
  readonly project: string;
  readonly entry: LogEntry;
}

/** Where an earlier page ended. */
export type Place = Pick<Placed, 'position' | 'project'>;

export interface Range {
  readonly bounds: TimeBounds;
  readonly order: 'asc' | 'desc';
  /** Only entries beyond this place. */
  readonly after?: Place;
}

/** Rows read from the store at once. */
const BATCH = 500;
/** Sorts after every character of a position. */
const LAST = '\uffff';

/** Gives the entries of all projects within the range, in order. */
export async function* mergedEntries(
  store: Store,
  projects: readonly string[],
  range: Range,
): AsyncGenerator<Placed> {
  const sources = [...new Set(projects)].sort().map((project) => projectEntries(store, project, range));
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  for (;;) {
    let first: { source: AsyncGenerator<Placed>; next: IteratorResult<Placed> } | undefined;
    for (const head of heads) {
      if (head.next.done) continue;
      if (!first || first.next.done || comesBefore(head.next.value, first.next.value, range.order)) {
        first = head;
      }
    }
    if (!first || first.next.done) return;
    yield first.next.value;
    first.next = await first.source.next();
  }
}

function comesBefore(a: Place, b: Place, order: 'asc' | 'desc'): boolean {
  const less = a.position === b.position ? a.project < b.project : a.position < b.position;
  const same = a.position === b.position && a.project === b.project;
  return !same && (order === 'asc' ? less : !less);
}

async function* projectEntries(store: Store, project: string, range: Range): AsyncGenerator<Placed> {
  const prefix = entriesPrefix(project);
  const { order, bounds, after: place } = range;
  const reverse = order === 'desc';
  let after = startOf(prefix, range);
  for (;;) {
    const rows = await store.list<LogEntry>(prefix, {
      limit: BATCH,
      reverse,
      ...(after === undefined ? {} : { after }),
    });
    for (const row of rows) {
      const position = row.key.slice(prefix.length);
      const time = timeOfPosition(position);
      if (
        reverse
          ? bounds.from !== undefined && time < bounds.from
          : bounds.to !== undefined && time > bounds.to
      ) {
        return;
      }
      if (place && !comesBefore(place, { position, project }, order)) continue;
      yield { position, project, entry: row.value };
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return;
    after = last.key;
    // Reading and judging a batch takes milliseconds without a pause; others get their turn between two.
    await setImmediate();
  }
}

/**
 * The key to read on from: what lies nearest of the bound and the place where the last page ended. The place itself
 * is read again, as another project may have an entry in the same position.
 */
function startOf(prefix: string, { bounds, order, after }: Range): string | undefined {
  if (order === 'asc') {
    const place = after === undefined ? '' : timeOfPosition(after.position);
    const start = [place, bounds.from ?? ''].sort().at(-1);
    return start ? prefix + start : undefined;
  }
  const place = after === undefined ? LAST : after.position + LAST;
  const to = bounds.to === undefined ? LAST : bounds.to + LAST;
  const start = [place, to].sort().at(0);
  return start === LAST ? undefined : prefix + start;
}
