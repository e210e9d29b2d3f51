/** Checks as Markdown, for comments on pull requests and the summaries of workflows. */
import type { Language, Outcome } from '../catalogue.js';
import { messages } from '../messages.js';
import { addressOf, OUTCOME_MARKS, outcomeOf, telling, verdictOf } from '../outcome.js';
import type { CheckReport, ChecksReport, Fault, ReportedRequirement } from '../report.js';
import { block, code, folded, prose, tableOf } from './markdown-text.js';
import { formatMessages } from './messages.js';

export interface MarkdownOptions {
  /** English when left out. */
  readonly lang?: Language;
  /** Characters that may be used; 65,000 when left out, of the 65,536 that a comment on GitHub may have. */
  readonly limit?: number;
}

const COMMENT = 65_000;

/**
 * The verdict, a table of what is not granted, the commands that mend it, and everything else folded away. Where that
 * is more than fits, what is folded is left out first, and then what stands last.
 */
export function markdown(report: ChecksReport, options: MarkdownOptions = {}): string {
  const { lang = 'en', limit = COMMENT } = options;
  const whole = partsOf(report, lang, true).join('\n\n');
  if (whole.length < limit) return `${whole}\n`;
  const note = `_${prose(formatMessages[lang].cutOff)}_`;
  const kept: string[] = [];
  let room = limit - note.length - 1;
  for (const part of partsOf(report, lang, false)) {
    room -= part.length + 2;
    if (room < 0) return `${[...kept, note].join('\n\n')}\n`;
    kept.push(part);
  }
  return `${kept.join('\n\n')}\n`;
}

/** Worst first. */
const OUTCOMES: readonly Outcome[] = ['refused', 'fails', 'unknown', 'warns', 'granted'];

function partsOf(report: ChecksReport, lang: Language, withDetails: boolean): string[] {
  const say = formatMessages[lang];
  const { checks, faults, source } = report;
  if (checks.length === 0 && faults.length === 0) return [`## ${prose(say.nothingToCheck)}`];
  const reached = new Set(checks.map(outcomeOf));
  if (faults.some(({ severity }) => severity === 'error')) reached.add('fails');
  const worst = OUTCOMES.find((outcome) => reached.has(outcome)) ?? 'warns';
  const [mark] = OUTCOME_MARKS[worst];
  return [
    `## ${mark} ${prose(say.heading(messages[lang].outcomes[worst]))}`,
    ...checks.flatMap((check) => checkParts(check, lang, withDetails)),
    ...faultParts(faults, lang),
    `<sub>${prose(say.factsFrom(source))}</sub>`,
  ];
}

function checkParts(check: CheckReport, lang: Language, withDetails: boolean): string[] {
  const catalogue = messages[lang];
  const say = formatMessages[lang];
  const outcome = outcomeOf(check);
  const [mark] = OUTCOME_MARKS[outcome];
  const title = catalogue.title(check.target);
  const label = check.label === undefined ? '' : ` · ${code(check.label)}`;
  const bad = check.requirements.filter(({ verdict }) => verdict !== 'granted');
  return [
    `### ${mark} ${prose(title)}${label}`,
    prose(catalogue.outcomes[outcome]),
    ...(bad.length === 0 ? [] : [requirementTable(bad, lang)]),
    ...mending(check, lang, withDetails),
    ...(withDetails ? [quotes(bad, lang)].flat() : []),
    ...(withDetails
      ? [folded(prose(say.everything(check.requirements.length)), requirementTable(check.requirements, lang))]
      : []),
  ];
}

function requirementTable(requirements: readonly ReportedRequirement[], lang: Language): string {
  const catalogue = messages[lang];
  const rows = requirements.map((requirement) => {
    const { moment, actor, principal, permission, resource, id, image, holders = [] } = requirement;
    const { mark, text } = verdictOf(requirement, catalogue);
    const who = [
      actor === undefined ? '' : prose(catalogue.actors[actor]),
      principal === undefined ? '' : code(addressOf(principal)),
    ];
    const need =
      permission !== undefined && resource !== undefined
        ? `${code(permission)}<br>${prose(catalogue.resource(resource))}`
        : [prose(catalogue.need(id)), ...(image === undefined ? [] : [code(image)])].join('<br>');
    const why = [
      ...telling(requirement).map(catalogue.evidence),
      ...(holders.length > 0 ? [catalogue.holders(holders)] : []),
    ];
    return [
      `${mark} ${prose(text)}`,
      prose(catalogue.moments[moment]),
      who.filter(Boolean).join('<br>'),
      need,
      why.map(prose).join('<br>'),
    ];
  });
  return tableOf(formatMessages[lang].columns.map(prose), rows);
}

function mending({ fixes }: CheckReport, lang: Language, withDetails: boolean): string[] {
  if (fixes.length === 0) return [];
  const say = formatMessages[lang];
  const terraform = fixes.map((fix) => fix.terraform).join('\n\n');
  return [
    `**${prose(say.toMend)}**`,
    block(fixes.map(({ gcloud }) => gcloud).join('\n'), 'sh'),
    ...(withDetails ? [folded(prose(say.inTerraform), block(terraform, 'hcl'))] : []),
  ];
}

/** What Google would say, each sentence once, as it stands. */
function quotes(bad: readonly ReportedRequirement[], lang: Language): string[] {
  const { googleSays } = messages[lang];
  const said = [...new Set(bad.flatMap(({ message }) => (message === undefined ? [] : [message])))];
  return said.length === 0
    ? []
    : [folded(prose(googleSays), said.map((message) => block(message, 'text')).join('\n\n'))];
}

function faultParts(faults: readonly Fault[], lang: Language): string[] {
  if (faults.length === 0) return [];
  const say = formatMessages[lang];
  const items = faults.map(({ severity, address, message, mend, place }) => {
    const where = place === undefined ? '' : ` (${code(`${place.file}:${place.line}`)})`;
    const mark = severity === 'error' ? '✗' : '!';
    return `- ${mark} ${code(address)}${where}: ${prose(message)}<br>${prose(say.orMend(mend))}`;
  });
  return [`### ${prose(say.faults)}`, items.join('\n')];
}
