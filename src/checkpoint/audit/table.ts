/** The report of an audit for people: totals, the worst rows, and the grants that would mend most. */
import Table from 'cli-table3';
import { describeResource } from '../../iam/index.js';
import { wrap } from '../display.js';
import { messages } from '../messages.js';
import { painter } from '../outcome.js';
import type { TableOptions } from '../table.js';
import { auditMessages } from './messages.js';
import type { AuditReport, AuditRow } from './types.js';

export interface AuditTableOptions extends TableOptions {
  /** How many rows are shown, and how many fixes; 20 when left out. */
  readonly top?: number;
}

const TOP = 20;
const MINIMUM_WIDTH = 72;
/** Five lines, a blank on each side of four columns, and the first column. */
const BORDERS = 13;
const FIRST = 9;
const MARKS = { granted: ['✓', 'green'], denied: ['✗', 'red'], unknown: ['?', 'yellow'] } as const;

/** The report as text of several lines, ending in a line break. */
export function auditTable(report: AuditReport, options: AuditTableOptions): string {
  const catalogue = auditMessages[options.lang];
  const paint = painter(options.colour);
  const { top = TOP } = options;
  const open = report.rows.filter(({ verdict }) => verdict !== 'granted');
  const fixes = report.findings.slice(0, top);
  return [
    paint('bold', catalogue.title(report.source, report.time)),
    ...catalogue.totals(report.totals),
    ...(open.length === 0 ? [] : ['', paint('bold', catalogue.worst), rows(open.slice(0, top), options)]),
    ...(open.length > top ? [paint('dim', catalogue.more(open.length - top))] : []),
    ...(fixes.length === 0 ? [] : ['', paint('bold', catalogue.toMend)]),
    ...fixes.flatMap(({ fix, rows: count, resources, suffices }) => [
      paint('dim', catalogue.mends(count, resources, suffices)),
      fix.gcloud,
    ]),
    ...(report.findings.length > top
      ? [paint('dim', catalogue.moreFixes(report.findings.length - top))]
      : []),
    ...(report.notes.length === 0 ? [] : ['', paint('bold', catalogue.notes)]),
    ...report.notes.slice(0, top).map((note) => `- ${catalogue.note(note)}`),
    '',
  ].join('\n');
}

function rows(shown: readonly AuditRow[], { lang, colour, width = 100 }: AuditTableOptions): string {
  const catalogue = auditMessages[lang];
  const paint = painter(colour);
  const rest = Math.max(MINIMUM_WIDTH, width) - BORDERS - FIRST;
  const wide = Math.floor(rest / 3);
  const last = rest - 2 * wide;
  const table = new Table({
    head: [...catalogue.columns],
    style: { head: [], border: [] },
    colWidths: [FIRST + 2, wide + 2, wide + 2, last + 2],
  });
  for (const row of shown) {
    const [mark, hue] = MARKS[row.verdict];
    table.push([
      paint(hue, `${mark} ${catalogue.verdicts[row.verdict]}`),
      lines(describeResource(row.target.resource), wide),
      lines(row.deployer, wide),
      lines(stops(row, lang), last),
    ]);
  }
  return table.toString();
}

const lines = (text: string, width: number) => wrap(text, width).join('\n');

/** Who lacks which permission on what; of what needs no permission, what it asks for. */
function stops({ first }: AuditRow, lang: TableOptions['lang']): string {
  if (first === undefined) return '';
  const { permission, principal, resource, id, image } = first;
  if (permission === undefined) return [messages[lang].need(id), image].filter(Boolean).join(' ');
  return `${principal ?? ''} ${permission} ${resource === undefined ? '' : describeResource(resource)}`.trim();
}
