/** How a check and each of its requirements end, in marks and colours. */
import type { Catalogue, Outcome } from './catalogue.js';
import type { CheckReport, ReportedRequirement } from './report.js';
import type { Evidence } from './types.js';

export type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  bold: [1, 22],
  dim: [2, 22],
};

export type Paint = (colour: Colour, text: string) => string;

/** Text in ANSI colours, or as it is. */
export const painter =
  (colour: boolean): Paint =>
  (name, text) =>
    colour ? `\u001b[${CODES[name][0]}m${text}\u001b[${CODES[name][1]}m` : text;

/** How a check ends: what becomes of the deploy. */
export function outcomeOf({ verdict, requirements }: CheckReport): Outcome {
  if (verdict !== 'denied') return verdict;
  const effects = new Set(
    requirements.filter((each) => each.verdict === 'denied').map(({ effect }) => effect),
  );
  if (effects.has('refuses')) return 'refused';
  return effects.has('fails') ? 'fails' : 'warns';
}

export const OUTCOME_MARKS: Readonly<Record<Outcome, readonly [string, Colour]>> = {
  granted: ['✓', 'green'],
  refused: ['✗', 'red'],
  fails: ['✗', 'red'],
  warns: ['!', 'yellow'],
  unknown: ['?', 'yellow'],
};

/** A verdict in a mark, a word or two, and a colour. */
export function verdictOf(
  { verdict, effect }: ReportedRequirement,
  catalogue: Catalogue,
): { mark: string; text: string; colour: Colour } {
  if (verdict === 'granted') return { mark: '✓', text: catalogue.verdicts.granted, colour: 'green' };
  if (verdict === 'unknown') return { mark: '?', text: catalogue.verdicts.unknown, colour: 'yellow' };
  const warns = effect === 'warns';
  return { mark: warns ? '!' : '✗', text: catalogue.denied[effect], colour: warns ? 'yellow' : 'red' };
}

/**
 * `user:` and `serviceAccount:` say nothing that the address and the part played don't. Identities of pools have no
 * address: they go by the whole of their identifier.
 */
export const addressOf = (member: string) =>
  member.startsWith('principal:') ? member : member.slice(member.indexOf(':') + 1);

/**
 * A no is explained level by level; a yes by the binding that gave it, and where something is simply so it
 * needs no explanation.
 */
export function telling(requirement: ReportedRequirement): readonly Evidence[] {
  if (requirement.verdict !== 'granted') return requirement.evidence;
  return requirement.evidence
    .filter((evidence) => evidence.kind === 'binding' && evidence.grants)
    .slice(0, 1);
}
