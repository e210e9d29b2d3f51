/** `sekisho doctor`: what this machine has, what it lacks, and the command that brings it. */
import type { Finding } from '../../plane/index.js';
import type { Language } from '../messages.js';
import { doctorMessages } from './messages.js';

const MARKS: Readonly<Record<Finding['state'], string>> = { ok: '✓', missing: '✗', optional: '–' };
const COLOURS: Readonly<Record<Finding['state'], string>> = { ok: '32', missing: '31', optional: '33' };

/** The findings for people: one line each, the command that mends beneath, and a last line with the verdict. */
export function page(
  findings: readonly Finding[],
  { language, colour }: { readonly language: Language; readonly colour: boolean },
): string {
  const messages = doctorMessages[language];
  const width = Math.max(...findings.map(({ name }) => name.length));
  const paint = (state: Finding['state'], text: string) =>
    colour ? `\u001b[${COLOURS[state]}m${text}\u001b[0m` : text;
  const lines = findings.flatMap(({ name, state, found, remedy }) => [
    `${paint(state, MARKS[state])} ${name.padEnd(width)}  ${found}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(width + 4)}${messages.remedy(remedy)}`]),
  ]);
  const missing = findings.filter(({ state }) => state === 'missing').length;
  return `${lines.join('\n')}\n\n${missing === 0 ? messages.ready : messages.notReady(missing)}\n`;
}
