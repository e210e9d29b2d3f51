/** The report of an audit as JSON, a row at a time: all of it may be longer than a text can be. */
import { NO_POINT, type PartRows, ROW, VERDICTS } from './part.js';
import type { AuditSummary } from './report.js';
import { targetOf } from './rows.js';
import type { AuditReport, AuditRow } from './types.js';

/** Characters in a piece, about. */
const PIECE = 1 << 16;

/** Pieces that together are the report, with each row on a line of its own. */
export function* auditJson({ rows, ...summary }: AuditReport): Generator<string> {
  yield* jsonOf(summary, [rowLines(rows)]);
}

/** The same of rows that were written before. @param rows worst first: pieces of rowLines() */
export function* jsonOf<T>(summary: AuditSummary, rows: Iterable<Iterable<T>>): Generator<string | T> {
  const head = JSON.stringify(summary, null, 2);
  yield `${head.slice(0, -2)},\n  "rows": [`;
  let separator = '\n';
  for (const lines of rows) {
    for (const piece of lines) {
      yield separator;
      yield piece;
      separator = LINE_SEPARATOR;
    }
  }
  yield '\n  ]\n}\n';
}

/** Pieces of many lines, to be parted by a comma and the end of a line. */
export function* rowLines(rows: Iterable<AuditRow>): Generator<string> {
  let piece = '';
  let about: AuditRow['target'] | undefined;
  let target = '';
  for (const { deployer, verdict, first, denied, unknown, ...row } of rows) {
    if (row.target !== about) target = JSON.stringify(row.target);
    about = row.target;
    const stops = first && JSON.stringify(first);
    const line = lineOf(target, JSON.stringify(deployer), verdict, stops, denied, unknown);
    piece += piece === '' ? line : `${LINE_SEPARATOR}${line}`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/**
 * The same of rows in numbers: many have the same deployer or point, which is written once.
 * @param take takes each line, and the number of its verdict, worst first, which tells what it goes behind
 */
export function partLines(
  { targets, deployers, points, numbers }: PartRows,
  take: (line: string, verdict: number) => void,
): void {
  const named = deployers.map((deployer) => JSON.stringify(deployer));
  const firsts = points.map((point) => JSON.stringify(point));
  let about = -1;
  let target = '';
  for (let at = 0; at < numbers.length; at += ROW) {
    const number = numbers[at] ?? 0;
    if (number !== about) target = JSON.stringify(targetOf(targets[number]));
    about = number;
    const code = numbers[at + 2] ?? 0;
    const verdict = VERDICTS[code];
    const deployer = named[numbers[at + 1] ?? 0];
    if (verdict === undefined || deployer === undefined) throw new RangeError('a row of another part');
    const first = firsts[numbers[at + 3] ?? NO_POINT];
    take(lineOf(target, deployer, verdict, first, numbers[at + 4] ?? 0, numbers[at + 5] ?? 0), code);
  }
}

/** @param first undefined where nothing stops it; all but the numbers as JSON */
function lineOf(
  target: string,
  deployer: string,
  verdict: AuditRow['verdict'],
  first: string | undefined,
  denied: number,
  unknown: number,
): string {
  const stops = first === undefined ? '' : `"first":${first},`;
  return `    {"target":${target},"deployer":${deployer},"verdict":"${verdict}",${stops}"denied":${denied},"unknown":${unknown}}`;
}

/** What parts lines, and pieces of them. */
export const LINE_SEPARATOR = ',\n';

/** The exit status of `sekisho audit`: 0 all granted, 1 something denied, 2 something unknown and nothing denied. */
export function auditExitCode({ verdict }: Pick<AuditReport, 'verdict'>): 0 | 1 | 2 {
  if (verdict === 'granted') return 0;
  return verdict === 'denied' ? 1 : 2;
}
