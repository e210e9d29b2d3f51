/** Rows for spreadsheets: CSV (RFC 4180) in which nothing that somebody else wrote is taken for a formula. */
import { stringify } from 'csv-stringify/sync';

export type Cell = string | number | undefined;

/** What spreadsheets begin a formula with, in either width (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r]/u;

/** With a heading; lines end as RFC 4180 has them. */
export function csv(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const guarded = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? guard(cell) : cell)));
  return stringify([[...heading], ...guarded], { record_delimiter: '\r\n' });
}

const guard = (cell: string) => (FORMULA.test(cell) ? `'${cell}` : cell);
