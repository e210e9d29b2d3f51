/** Checks as workflow commands, which GitHub shows as annotations on the lines that they name. */
import type { Language } from '../catalogue.js';
import { messages } from '../messages.js';
import { OUTCOME_MARKS, outcomeOf } from '../outcome.js';
import type { CheckReport, ChecksReport } from '../report.js';
import { type Problem, problemsOf } from './findings.js';

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions; what the runner undoes. */
const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function annotation({ level, title, text, place }: Problem): string {
  const properties = [
    ...(place
      ? [
          ['file', place.file],
          ['line', String(place.line)],
        ]
      : []),
    ...(place?.column === undefined ? [] : [['col', String(place.column)]]),
    ['title', title],
  ].map(([name, value = '']) => `${name}=${property(value)}`);
  return `::${COMMANDS[level]} ${properties.join(',')}::${data(text)}`;
}

/** Printable on one line, and never a command to the runner. */
function outcomeLine(check: CheckReport, lang: Language): string {
  const catalogue = messages[lang];
  const outcome = outcomeOf(check);
  const [mark] = OUTCOME_MARKS[outcome];
  return `${mark} ${data(check.label ?? catalogue.title(check.target))}: ${catalogue.outcomes[outcome]}`;
}

/**
 * An annotation for everything that is not granted and for each fault, then a line per deploy for the log; it ends in
 * a line break unless there is nothing at all.
 */
export function githubAnnotations(report: ChecksReport, lang: Language = 'en'): string {
  return [
    ...problemsOf(report, lang).map(annotation),
    ...report.checks.map((check) => outcomeLine(check, lang)),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
