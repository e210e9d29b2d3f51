/** Timestamps and durations as log entries and filters spell them. */

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads an RFC 3339 timestamp; a date alone means its midnight, a time without zone UTC, as Logging reads them.
 * @returns the time in UTC, always 30 characters (`2025-01-15T00:00:00.000000000Z`), so that text order is time
 *   order; undefined when the text is no timestamp between the years 1 and 9999
 */
export function canonicalTime(text: string): string | undefined {
  // Entries of one moment come together, and each is asked for its time more than once.
  if (text !== latest.text) latest = { text, canonical: readTime(text) };
  return latest.canonical;
}

let latest: { readonly text: string; readonly canonical: string | undefined } = {
  text: '',
  canonical: undefined,
};

function readTime(text: string): string | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = ''] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  // An impossible date or time rolls over to another one: then it does not read back as written.
  if (date.toISOString().slice(0, 19) !== `${year}-${month}-${day}T${hour}:${minute}:${second}`)
    return undefined;
  date.setTime(date.getTime() - zoneOffsetMs(match[8]));
  const utc = date.toISOString();
  return /^(?!0000)\d{4}-/.test(utc) ? `${utc.slice(0, 19)}.${fraction.padEnd(9, '0')}Z` : undefined;
}

function zoneOffsetMs(zone: string | undefined): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? 'Z');
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}

/** A canonical time as proto JSON writes it: with 0, 3, 6 or 9 fractional digits. */
export function displayTime(canonical: string): string {
  return canonical.replace(/\.?(?:000){1,3}Z$/, 'Z');
}

const NANOS_PER: Readonly<Record<string, number>> = {
  h: 3_600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};
const DURATION = /^([+-]?)((?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+)$/;

/** Reads a duration such as `1.5s`, `250ms` or `1h30m`; in nanoseconds, or undefined when it is none. */
export function durationNanos(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  let nanos = 0;
  for (const [, amount, unit] of (match[2] ?? '').matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)) {
    nanos += Number(amount) * (NANOS_PER[unit ?? ''] ?? 0);
  }
  return match[1] === '-' ? -nanos : nanos;
}

/** A duration as proto JSON writes it, e.g. `0.012s`. */
export function durationText(milliseconds: number): string {
  const nanos = Math.round(milliseconds * 1e6);
  const fraction = String(Math.abs(nanos) % 1e9).padStart(9, '0');
  const shown = fraction.replace(/(?:000){1,3}$/, '');
  const sign = nanos < 0 ? '-' : '';
  return `${sign}${Math.floor(Math.abs(nanos) / 1e9)}${shown === '' ? '' : `.${shown}`}s`;
}
