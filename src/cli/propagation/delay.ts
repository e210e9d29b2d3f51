/** How long changes of access take to have an effect, as `--propagation-delay` says it. Pure. */
import type { PropagationDelay } from '../../plane/clients/index.js';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
/** Longer than any that Google speaks of (https://cloud.google.com/iam/docs/access-change-propagation). */
const LONGEST_MS = 7 * 24 * 3_600_000;

/** Reads a duration such as `90s`, `1.5m` or `0s`, or a range of them such as `5s-7m`; undefined when it is none. */
export function parseDelay(text: string): Pick<PropagationDelay, 'minMs' | 'maxMs'> | undefined {
  const [first = '', second = first, ...others] = text.split('-');
  const minMs = parseDuration(first);
  const maxMs = parseDuration(second);
  if (minMs === undefined || maxMs === undefined || others.length > 0 || maxMs < minMs) return undefined;
  return { minMs, maxMs };
}

function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
  const unit = UNITS.get(match?.[2] ?? '');
  if (unit === undefined) return undefined;
  const ms = Math.round(Number(match?.[1]) * unit);
  return ms <= LONGEST_MS ? ms : undefined;
}

/** Reads the seed of a range: a whole number; undefined when it is none. */
export function parseSeed(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
