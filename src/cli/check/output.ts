/** What a check looks like on the terminal and in files. */
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import type { CheckReport, ChecksReport, Fault, TableOptions } from '../../checkpoint/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { version } from '../version.js';
import { checkMessages } from './messages.js';

export const FORMATS = ['table', 'json', 'sarif', 'github', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

export interface Shown {
  readonly report: ChecksReport;
  /** True where one deploy was asked about by flags: programs then get its report alone. */
  readonly single: boolean;
  /** False where the facts are those of the plane, which goes without saying. */
  readonly tellSource: boolean;
  readonly explain: boolean;
}

/** Writes the report to stdout, and for GitHub a summary of the workflow's step as well. */
export async function show(shown: Shown, format: Format, context: CliContext): Promise<void> {
  const { stdout, language, env } = context;
  const checkpoint = await import('../../checkpoint/index.js');
  const { report } = shown;
  switch (format) {
    case 'json': {
      const [only] = report.checks;
      stdout.write(json(shown.single && only ? only : report));
      return;
    }
    case 'sarif':
      stdout.write(
        json(checkpoint.sarif(report, { version: version(), root: process.cwd(), lang: language })),
      );
      return;
    case 'github':
      stdout.write(checkpoint.githubAnnotations(report, language));
      if (env.GITHUB_STEP_SUMMARY)
        await appendFile(env.GITHUB_STEP_SUMMARY, checkpoint.markdown(report, { lang: language }));
      return;
    case 'markdown':
      stdout.write(checkpoint.markdown(report, { lang: language }));
      return;
    case 'table':
      stdout.write(await tables(shown, context));
  }
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** One table after the other, what goes wrong besides, and how many of which verdict. */
async function tables(
  { report, tellSource, explain }: Shown,
  { stdout, env, language }: CliContext,
): Promise<string> {
  const { table, explainText } = await import('../../checkpoint/index.js');
  const messages = checkMessages[language];
  const options: TableOptions = {
    lang: language,
    colour: stdout.isTTY === true && !env.NO_COLOR,
    ...(stdout.columns === undefined ? {} : { width: stdout.columns }),
  };
  const { checks, faults, source } = report;
  return [
    ...checks.map((check) => {
      const label = check.label === undefined ? '' : `${check.label}\n`;
      return `${label}${explain ? `${explainText(check, options)}\n` : ''}${table(check, options)}`;
    }),
    ...(faults.length > 0 ? [`${messages.faults}\n\n${faults.map(faultText).join('\n')}`] : []),
    ...(tellSource || checks.length > 1
      ? [`${checks.length > 1 ? `${messages.summary(counts(checks))}\n` : ''}${messages.facts(source)}\n`]
      : []),
  ].join('\n');
}

function counts(checks: readonly CheckReport[]) {
  const of = (wanted: CheckReport['verdict']) => checks.filter(({ verdict }) => verdict === wanted).length;
  return { granted: of('granted'), denied: of('denied'), unknown: of('unknown') };
}

function faultText({ id, severity, address, message, mend, place }: Fault): string {
  const at = place === undefined ? '' : ` (${place.file}:${place.line})`;
  const lines = mend.split('\n').map((line) => `    ${line}`);
  return [`${severity === 'error' ? '✗' : '!'} ${id}  ${address}${at}`, `    ${message}`, ...lines, ''].join(
    '\n',
  );
}

/** Draws the deploy into a file of either kind. @throws UsageError */
export async function draw(file: string, _report: CheckReport, { language }: CliContext): Promise<void> {
  throw new UsageError(checkMessages[language].cannotWrite(file, 'not there yet'));
}

/** @throws UsageError for a name that ends neither in `.svg` nor in `.mmd` */
export function requireDrawable(file: string | undefined, { language }: CliContext): void {
  if (file !== undefined && !['.svg', '.mmd'].includes(path.extname(file)))
    throw new UsageError(checkMessages[language].badGraph(file));
}
