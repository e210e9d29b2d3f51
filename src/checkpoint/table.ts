/** A report for people: the table of requirements, what Google would say, and the commands that mend it. */
import Table from 'cli-table3';
import type { Catalogue, Language } from './catalogue.js';
import { displayWidth, wrap } from './display.js';
import { messages } from './messages.js';
import { addressOf, OUTCOME_MARKS, outcomeOf, type Paint, painter, telling, verdictOf } from './outcome.js';
import type { CheckReport, ReportedRequirement } from './report.js';

export interface TableOptions {
  readonly lang: Language;
  /** ANSI colours. */
  readonly colour: boolean;
  /** Columns of the terminal; 100 when left out, and never less than 72. */
  readonly width?: number;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

const imagesOf = ({ requirements }: CheckReport) => unique(requirements.flatMap(({ image }) => image ?? []));

/** Who plays which part, and the images: their names are too long for the cells of a table. */
function cast(report: CheckReport, catalogue: Catalogue, paint: Paint): string[] {
  const parts = report.requirements.flatMap(({ actor, principal }) =>
    actor && principal !== undefined ? [[catalogue.actors[actor], addressOf(principal)] as const] : [],
  );
  const images = imagesOf(report).map((image) => [catalogue.image, image] as const);
  const entries = [...new Map([...parts, ...images].map((entry) => [entry.join(' '), entry])).values()];
  const width = Math.max(0, ...entries.map(([part]) => displayWidth(part)));
  return entries.map(
    ([part, name]) => `  ${paint('dim', part)}${' '.repeat(width - displayWidth(part))}  ${name}`,
  );
}

/** What is needed, and below it, a little to the right, why it is there or not. */
function needs(
  requirement: ReportedRequirement,
  images: number,
  catalogue: Catalogue,
  width: number,
  paint: Paint,
): string {
  const { permission, resource, image, id } = requirement;
  const needed =
    permission !== undefined && resource !== undefined
      ? catalogue.permissionOn(permission, resource)
      : [catalogue.need(id), ...(image !== undefined && images > 1 ? [image] : [])];
  const together = needed.join(' ');
  const head = displayWidth(together) <= width ? [together] : needed.flatMap((part) => wrap(part, width));
  const { holders = [] } = requirement;
  const told = [
    ...telling(requirement).map(catalogue.evidence),
    ...(holders.length > 0 ? [catalogue.holders(holders)] : []),
  ];
  const why = told.flatMap((text) =>
    wrap(text, width - 2).map((line, index) => `${index === 0 ? '· ' : '  '}${line}`),
  );
  return [...head, ...why.map((line) => paint('dim', line))].join('\n');
}

const MINIMUM_WIDTH = 72;
/** Five lines between and beside the columns, and a blank on each side of four of them. */
const BORDERS = 13;

function rows(report: CheckReport, catalogue: Catalogue, width: number, paint: Paint): string {
  const { columns, moments, actors, verdicts, denied } = catalogue;
  const widest = (...texts: readonly string[]) => Math.max(...texts.map(displayWidth));
  const marks = [...Object.values(verdicts), ...Object.values(denied)].map((text) => `✓ ${text}`);
  const fixed = [
    widest(columns.verdict, ...marks),
    widest(columns.moment, ...Object.values(moments)),
    widest(columns.who, ...Object.values(actors)),
  ];
  const last = Math.max(width, MINIMUM_WIDTH) - BORDERS - fixed.reduce((sum, each) => sum + each, 0);
  const images = imagesOf(report).length;
  const table = new Table({
    head: [columns.verdict, columns.moment, columns.who, columns.needs].map((title) => paint('bold', title)),
    style: { head: [], border: [] },
    colWidths: [...fixed, last].map((each) => each + 2),
  });
  for (const requirement of report.requirements) {
    const { mark, text, colour } = verdictOf(requirement, catalogue);
    table.push([
      paint(colour, `${mark} ${text}`),
      moments[requirement.moment],
      requirement.actor ? actors[requirement.actor] : '',
      needs(requirement, images, catalogue, last, paint),
    ]);
  }
  return table.toString();
}

const indent = (text: string) =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

/** What Google would say to everything that is not granted. Not wrapped: it is there to be compared and copied. */
function quotes(report: CheckReport, catalogue: Catalogue, paint: Paint): string[] {
  const said = new Set<string>();
  return report.requirements.flatMap((requirement) => {
    const { verdict, effect, message, id, moment } = requirement;
    if (message === undefined || said.has(message)) return [];
    said.add(message);
    const { mark, colour } = verdictOf(requirement, catalogue);
    const logged = effect === 'warns' && moment === 'admission' && requirement.image !== undefined;
    const introduction =
      verdict === 'unknown' ? catalogue.googleWouldSay : logged ? catalogue.logged : catalogue.googleSays;
    return [`${paint(colour, `${mark} ${id}`)}  ${introduction}`, indent(message), ''];
  });
}

function commands({ fixes }: CheckReport, catalogue: Catalogue, paint: Paint): string[] {
  if (fixes.length === 0) return [];
  return [paint('bold', catalogue.toMend), ...fixes.map(({ gcloud }) => indent(gcloud)), ''];
}

/** The report as text of several lines, ending in a line break. */
export function table(report: CheckReport, options: TableOptions): string {
  const catalogue = messages[options.lang];
  const paint = painter(options.colour);
  const outcome = outcomeOf(report);
  const [mark, colour] = OUTCOME_MARKS[outcome];
  return [
    paint('bold', catalogue.title(report.target)),
    ...cast(report, catalogue, paint),
    rows(report, catalogue, options.width ?? 100, paint),
    '',
    ...quotes(report, catalogue, paint),
    ...commands(report, catalogue, paint),
    paint(colour, `${mark} ${catalogue.outcomes[outcome]}`),
    '',
  ].join('\n');
}
