/** The report of a scan for people: who lacked what, for which deploys, and the commands that mend it. */

import Table from 'cli-table3';
import { describeResource } from '../../iam/index.js';
import { displayWidth, wrap } from '../display.js';
import { grouped } from '../grouped.js';
import { type Paint, painter } from '../outcome.js';
import type { TableOptions } from '../table.js';
import { type ScanCatalogue, scanMessages } from './messages.js';
import { withoutAddress } from './report.js';
import type { Outcome, ScanGroup, ScanProblem, ScanReport } from './types.js';

/** Rows beyond these are in the other formats. */
const MAX_ROWS = 200;
const MINIMUM_WIDTH = 72;
/** Six lines between and beside the columns, and a blank on each side of five of them. */
const BORDERS = 16;
const OUTCOMES: readonly Outcome[] = ['refused', 'failed', 'warned'];

/** The report as text of several lines, ending in a line break. */
export function scanTable(report: ScanReport, options: TableOptions): string {
  const catalogue = scanMessages[options.lang];
  const paint = painter(options.colour);
  const { groups, entries, sources, elsewhere } = report;
  const found = groups.reduce((sum, { count }) => sum + count, 0);
  return [
    catalogue.read(entries, sources.length),
    ...(groups.length === 0
      ? [catalogue.nothing]
      : [catalogue.found(groups.length, found), rows(groups, catalogue, options.width ?? 100, paint)]),
    ...(groups.length > MAX_ROWS ? [catalogue.more(groups.length - MAX_ROWS)] : []),
    ...(elsewhere > 0 ? [paint('dim', catalogue.elsewhere(elsewhere))] : []),
    ...commands(report, catalogue, paint),
    ...scanNotes(report, options),
    '',
  ].join('\n');
}

/** What a reader of the commands alone must know besides: whom they leave out, and what could not be read. */
export function scanNotes(report: ScanReport, { lang, colour }: TableOptions): readonly string[] {
  const catalogue = scanMessages[lang];
  const paint = painter(colour);
  const { ungrouped } = report;
  return [
    ...(ungrouped > 0 ? [paint('yellow', catalogue.ungrouped(ungrouped))] : []),
    ...withoutAddress(report).slice(0, MAX_ROWS).map(catalogue.withoutNumber),
    ...problems(report, catalogue, paint),
  ];
}

function rows(groups: readonly ScanGroup[], catalogue: ScanCatalogue, width: number, paint: Paint): string {
  const shown = groups.slice(0, MAX_ROWS).map((group) => ({ group, outcome: outcomesOf(group, catalogue) }));
  const [outcome, when, who, lacks, target] = catalogue.columns;
  const widest = (title: string, texts: readonly string[]) =>
    Math.max(displayWidth(title), ...texts.map(displayWidth));
  const first = widest(
    outcome,
    shown.flatMap((row) => row.outcome),
  );
  const second = Math.max(displayWidth(when), 'YYYY-MM-DD'.length);
  const rest = Math.max(MINIMUM_WIDTH, width) - BORDERS - first - second;
  const wide = Math.floor(rest / 3);
  const last = rest - 2 * wide;
  const table = new Table({
    head: [outcome, when, who, lacks, target].map((title) => paint('bold', title)),
    style: { head: [], border: [] },
    colWidths: [first, second, wide, wide, last].map((each) => each + 2),
  });
  const cell = (lines: readonly string[], columns: number) =>
    lines.flatMap((line) => wrap(line, columns)).join('\n');
  for (const { group, outcome: counted } of shown) {
    const colour = group.outcomes.refused || group.outcomes.failed ? 'red' : 'yellow';
    table.push([
      paint(colour, counted.join('\n')),
      [...new Set([group.first, group.last].flatMap((time) => time?.slice(0, 10) ?? []))].join('\n'),
      cell(whoIn(group, catalogue), wide),
      cell(lackedIn(group, catalogue), wide),
      cell(
        [
          `${catalogue.kinds[group.target.kind]} ${group.target.name}`,
          `${group.target.project} ${group.target.location}`,
        ],
        last,
      ),
    ]);
  }
  return table.toString();
}

function outcomesOf({ outcomes, now }: ScanGroup, catalogue: ScanCatalogue): readonly string[] {
  const counted = OUTCOMES.flatMap((outcome) => {
    const count = outcomes[outcome] ?? 0;
    return count === 0 ? [] : [`${grouped(count)} ${catalogue.outcomes[outcome]}`];
  });
  return now === undefined ? counted : [...counted, catalogue.now[now]];
}

function whoIn({ principal, agentOf, through }: ScanGroup, catalogue: ScanCatalogue): readonly string[] {
  const named = principal?.replace(/^(?:user|serviceAccount):/, '');
  const agent = agentOf === undefined ? catalogue.nobody : catalogue.agentOf(agentOf);
  return [named ?? agent, ...(through ? [catalogue.through(through)] : [])];
}

function lackedIn(
  { permission, resource, image, account }: ScanGroup,
  catalogue: ScanCatalogue,
): readonly string[] {
  return [
    permission,
    ...(resource === undefined ? [] : [catalogue.on(describeResource(resource))]),
    ...(image === undefined ? [] : [`${catalogue.image} ${image}`]),
    ...(account === undefined || resource?.endsWith(account) ? [] : [`${catalogue.account} ${account}`]),
  ];
}

function commands({ fixes }: ScanReport, catalogue: ScanCatalogue, paint: Paint): readonly string[] {
  if (fixes.length === 0) return [];
  const shown = fixes.slice(0, MAX_ROWS).map(({ gcloud }) => `    ${gcloud}`);
  const more = fixes.length > MAX_ROWS ? [`    # ${catalogue.more(fixes.length - MAX_ROWS)}`] : [];
  return [paint('bold', catalogue.toMend), ...shown, ...more];
}

function problems(
  { problems: kept, problemCount }: ScanReport,
  catalogue: ScanCatalogue,
  paint: Paint,
): readonly string[] {
  if (problemCount === 0) return [];
  const lines = kept.map((problem) => `    ${placeOf(problem)}: ${catalogue.problem(problem)}`);
  const more = problemCount > kept.length ? [`    ${catalogue.more(problemCount - kept.length)}`] : [];
  return [paint('yellow', catalogue.problems(problemCount)), ...lines, ...more];
}

const placeOf = ({ where, line }: ScanProblem) => (line === undefined ? where : `${where}:${line}`);
