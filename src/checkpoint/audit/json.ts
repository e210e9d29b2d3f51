/** The report of an audit as JSON, a row at a time: all of it may be longer than a text can be. */
import type { AuditSummary } from './report.js';
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
      separator = ',\n';
    }
  }
  yield '\n  ]\n}\n';
}

/** Pieces of many lines, to be parted by a comma and the end of a line. */
export function* rowLines(rows: Iterable<AuditRow>): Generator<string> {
  const line = rowWriter();
  let piece = '';
  for (const row of rows) {
    piece += piece === '' ? `    ${line(row)}` : `,\n    ${line(row)}`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Rows of one resource come one after the other, and many have the same deployer or point. */
function rowWriter(): (row: AuditRow) => string {
  let about: AuditRow['target'] | undefined;
  let target = '';
  const known = new Map<unknown, string>();
  const once = (value: unknown) => {
    const text = known.get(value) ?? JSON.stringify(value);
    known.set(value, text);
    return text;
  };
  return (row) => {
    if (row.target !== about) target = JSON.stringify(row.target);
    about = row.target;
    const first = row.first === undefined ? '' : `"first":${once(row.first)},`;
    return `{"target":${target},"deployer":${once(row.deployer)},"verdict":"${row.verdict}",${first}"denied":${row.denied},"unknown":${row.unknown}}`;
  };
}

/** The exit status of `sekisho audit`: 0 all granted, 1 something denied, 2 something unknown and nothing denied. */
export function auditExitCode({ verdict }: Pick<AuditReport, 'verdict'>): 0 | 1 | 2 {
  if (verdict === 'granted') return 0;
  return verdict === 'denied' ? 1 : 2;
}
