/** The report of an audit as JSON, a row at a time: all of it may be longer than a text can be. */
import type { AuditReport, AuditRow } from './types.js';

/** Characters in a piece, about. */
const PIECE = 1 << 18;

/** Pieces that together are the report, with each row on a line of its own. */
export function* auditJson({ rows, ...report }: AuditReport): Generator<string> {
  const head = JSON.stringify(report, null, 2);
  yield `${head.slice(0, -2)},\n  "rows": [`;
  let piece = '';
  let separator = '\n';
  const line = rowWriter();
  for (const row of rows) {
    piece += `${separator}    ${line(row)}`;
    separator = ',\n';
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n  ]\n}\n`;
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
