/** `sekisho check run service …` on the demo's plane, printed as the command prints it. */
import { exitCode, type Language, parseDeployFlags } from '../../checkpoint/index.js';
import { table } from '../../checkpoint/reports/index.js';
import type { RunningPlane } from '../../plane/clients/index.js';
import { checkOnPlane } from '../../sources/index.js';
import type { Result } from './expectation.js';
import type { Screen } from './screen.js';

/** Columns that the screen puts before output. */
const INDENT = 4;

/** @param args those behind `sekisho check`: `run service NAME …` with `--as` */
export async function check(
  args: readonly string[],
  plane: RunningPlane,
  lang: Language,
  { colour, width }: Pick<Screen, 'colour' | 'width'>,
  onOutput: (text: string) => void,
): Promise<Result> {
  const [, , ...words] = args;
  const as = words.indexOf('--as');
  const member = words[as + 1];
  if (as < 0 || member === undefined) throw new Error('a check names who deploys');
  const report = await checkOnPlane(
    plane,
    parseDeployFlags([...words.slice(0, as), ...words.slice(as + 2)], { as: `user:${member}` }),
  );
  const output = table(report, { lang, colour, width: width - INDENT });
  onOutput(output);
  return { code: exitCode(report), output };
}
