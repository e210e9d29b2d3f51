/** A report for people: the table of requirements, what Google would say, and the commands that mend it. */
import Table from 'cli-table3';
import type { Catalogue, Language, Outcome } from './catalogue.js';
import { displayWidth, wrap } from './display.js';
import { messages } from './messages.js';
import { askedBy, type CheckReport, type ReportedRequirement } from './report.js';
import type { Evidence } from './types.js';

export interface TableOptions {
  readonly lang: Language;
  /** ANSI colours. */
  readonly colour: boolean;
  /** Columns of the terminal; 100 when left out, and never less than 72. */
  readonly width?: number;
}

type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  bold: [1, 22],
  dim: [2, 22],
};

type Paint = (colour: Colour, text: string) => string;

const painter =
  (colour: boolean): Paint =>
  (name, text) =>
    colour ? `\u001b[${CODES[name][0]}m${text}\u001b[${CODES[name][1]}m` : text;

function outcomeOf({ verdict, requirements }: CheckReport): Outcome {
  if (verdict !== 'denied') return verdict;
  const effects = new Set(
    requirements.filter((each) => each.verdict === 'denied').map(({ effect }) => effect),
  );
  if (effects.has('refuses')) return 'refused';
  return effects.has('fails') ? 'fails' : 'warns';
}

const OUTCOME_MARKS: Readonly<Record<Outcome, readonly [string, Colour]>> = {
  granted: ['✓', 'green'],
  refused: ['✗', 'red'],
  fails: ['✗', 'red'],
  warns: ['!', 'yellow'],
  unknown: ['?', 'yellow'],
};

function verdictOf(
  { verdict, effect }: ReportedRequirement,
  catalogue: Catalogue,
): { mark: string; text: string; colour: Colour } {
  if (verdict === 'granted') return { mark: '✓', text: catalogue.verdicts.granted, colour: 'green' };
  if (verdict === 'unknown') return { mark: '?', text: catalogue.verdicts.unknown, colour: 'yellow' };
  const warns = effect === 'warns';
  return { mark: warns ? '!' : '✗', text: catalogue.denied[effect], colour: warns ? 'yellow' : 'red' };
}

/** A yes needs no more than what gave it; a no is explained level by level. */
function telling(requirement: ReportedRequirement): readonly Evidence[] {
  if (requirement.verdict !== 'granted') return requirement.evidence;
  const granting = requirement.evidence.find((evidence) => evidence.kind === 'binding' && evidence.grants);
  return granting ? [granting] : requirement.evidence;
}

/** `user:` and `serviceAccount:` say nothing that the address and the part played don't. */
const addressOf = (member: string) => member.slice(member.indexOf(':') + 1);

function cellsOf(requirement: ReportedRequirement, catalogue: Catalogue): readonly (readonly string[])[] {
  const { actor, principal, permission, resource, image, id } = requirement;
  const needs =
    permission === undefined
      ? [catalogue.need(id), ...(image === undefined ? [] : [image])]
      : [permission, ...(resource === undefined ? [] : [catalogue.resource(resource)])];
  return [
    [catalogue.moments[requirement.moment]],
    [...(actor ? [catalogue.actors[actor]] : []), ...(principal === undefined ? [] : [addressOf(principal)])],
    needs,
    telling(requirement).map((evidence) => catalogue.evidence(evidence, askedBy(requirement))),
  ];
}

const BORDERS = 13;

/** Columns of the four cells: the first as wide as it must be, the others share the rest. */
function layout(catalogue: Catalogue, width: number): readonly [number, number, number, number] {
  const first = Math.max(
    displayWidth(catalogue.columns.moment),
    ...Object.values(catalogue.moments).map(displayWidth),
  );
  const rest = Math.max(width, 72) - BORDERS - first;
  const who = Math.floor(rest * 0.28);
  const needs = Math.floor(rest * 0.34);
  return [first, who, needs, rest - who - needs];
}

function rows(report: CheckReport, catalogue: Catalogue, width: number, paint: Paint): string {
  const widths = layout(catalogue, width);
  const { moment, who, needs, verdict } = catalogue.columns;
  const table = new Table({
    head: [moment, who, needs, verdict].map((title) => paint('bold', title)),
    style: { head: [], border: [] },
    colWidths: widths.map((columns) => columns + 2),
  });
  for (const requirement of report.requirements) {
    const { mark, text, colour } = verdictOf(requirement, catalogue);
    const cells = cellsOf(requirement, catalogue).map((paragraphs, column) =>
      paragraphs.flatMap((paragraph) => wrap(paragraph, widths[column] ?? 2)),
    );
    const [when = [], actor = [], need = [], why = []] = cells;
    table.push([
      when.join('\n'),
      actor.join('\n'),
      need.join('\n'),
      [paint(colour, `${mark} ${text}`), ...why.map((line) => paint('dim', line))].join('\n'),
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
  const deployer = report.requirements.find(({ actor }) => actor === 'deployer')?.principal;
  const outcome = outcomeOf(report);
  const [mark, colour] = OUTCOME_MARKS[outcome];
  return [
    catalogue.title({ ...report.target, deployer: deployer && addressOf(deployer) }),
    rows(report, catalogue, options.width ?? 100, paint),
    '',
    ...quotes(report, catalogue, paint),
    ...commands(report, catalogue, paint),
    paint(colour, `${mark} ${catalogue.outcomes[outcome]}`),
    '',
  ].join('\n');
}
