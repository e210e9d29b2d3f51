/** What is wrong in checks, one thing at a time: what annotations and results of SARIF are made of. */
import type { Language } from '../catalogue.js';
import { messages } from '../messages.js';
import { addressOf } from '../outcome.js';
import type { Place } from '../places.js';
import type { CheckReport, ChecksReport, Fault, ReportedFix, ReportedRequirement } from '../report.js';
import { formatMessages } from './messages.js';
import { ruleOf } from './rules.js';

/** A requirement that is not granted, or a fault in the order of things. */
export type Problem = {
  readonly rule: string;
  readonly level: 'error' | 'warning' | 'note';
  /** e.g. `The deployer may read the image: denied` */
  readonly title: string;
  /** Paragraphs, a line each. */
  readonly text: string;
  readonly place?: Place;
} & (
  | { readonly kind: 'requirement'; readonly check: CheckReport; readonly requirement: ReportedRequirement }
  | { readonly kind: 'fault'; readonly fault: Fault }
);

/** In the order of the reports. Titles stay English, as rules have them; texts are in the language. */
export function problemsOf({ checks, faults }: ChecksReport, lang: Language): readonly Problem[] {
  return [
    ...checks.flatMap((check) =>
      check.requirements
        .filter(({ verdict }) => verdict !== 'granted')
        .map((requirement) => problemOf(check, requirement, lang)),
    ),
    ...faults.map((fault) => faultProblem(fault, lang)),
  ];
}

/** What is denied stops the deploy, or comes with a warning; what is unknown may do the same, and counts for less. */
function levelOf({ verdict, effect }: ReportedRequirement): Problem['level'] {
  const denied = verdict === 'denied';
  if (effect === 'warns') return denied ? 'warning' : 'note';
  return denied ? 'error' : 'warning';
}

function problemOf(check: CheckReport, requirement: ReportedRequirement, lang: Language): Problem {
  const { id, place } = requirement;
  return {
    kind: 'requirement',
    check,
    requirement,
    rule: id,
    level: levelOf(requirement),
    title: `${ruleOf(id).text.title}: ${requirement.verdict}`,
    text: textOf(check, requirement, lang),
    ...(place && { place }),
  };
}

/** What is needed and who needs it, why it is not there, what Google would say, and what mends it. */
export function textOf(check: CheckReport, requirement: ReportedRequirement, lang: Language): string {
  const catalogue = messages[lang];
  const say = formatMessages[lang];
  const { evidence, holders = [], message, verdict } = requirement;
  const fixes = fixesOf(requirement, check).map(({ gcloud }) => say.mend(gcloud));
  return [
    `${catalogue.title(check.target)}: ${needOf(requirement, lang)}`,
    ...evidence.map(catalogue.evidence),
    ...(holders.length > 0 ? [catalogue.holders(holders)] : []),
    ...(message === undefined
      ? []
      : [verdict === 'denied' ? say.googleSays(message) : say.googleWouldSay(message)]),
    ...fixes,
  ].join('\n');
}

/** Who needs what, as a sentence. */
export function needOf(
  { actor, principal, permission, resource, id }: ReportedRequirement,
  lang: Language,
): string {
  const catalogue = messages[lang];
  const who = [actor && catalogue.actors[actor], principal && addressOf(principal)].filter(Boolean).join(' ');
  if (permission !== undefined && resource !== undefined)
    return formatMessages[lang].needs(who, permission, catalogue.resource(resource));
  return who === '' ? catalogue.need(id) : `${who}: ${catalogue.need(id)}`;
}

/** The fixes of a report that mend this requirement. */
export function fixesOf(
  { id, principal }: ReportedRequirement,
  { fixes }: CheckReport,
): readonly ReportedFix[] {
  return fixes.filter((fix) => {
    if ('mends' in fix) return fix.member === principal && fix.mends.includes(id);
    return 'api' in fix && (id === 'api-enabled' || id === 'agent-exists');
  });
}

function faultProblem(fault: Fault, lang: Language): Problem {
  const { id, severity, address, message, mend, place } = fault;
  return {
    kind: 'fault',
    fault,
    rule: id,
    level: severity,
    title: ruleOf(id).text.title,
    text: [`${address}: ${message}`, formatMessages[lang].orMend(mend)].join('\n'),
    ...(place && { place }),
  };
}
