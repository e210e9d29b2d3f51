/** What a check looks like on the terminal and in files. */
import { appendFile, writeFile } from 'node:fs/promises';
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
  const table: TableOptions = {
    lang: language,
    colour: stdout.isTTY === true && !env.NO_COLOR,
    ...(stdout.columns === undefined ? {} : { width: stdout.columns }),
  };
  stdout.write(await textOf(shown, format, table));
  if (format === 'github' && env.GITHUB_STEP_SUMMARY)
    await appendFile(env.GITHUB_STEP_SUMMARY, await textOf(shown, 'markdown', table));
}

async function textOf(shown: Shown, format: Format, table: TableOptions): Promise<string> {
  const { sarif, githubAnnotations, markdown } = await import('../../checkpoint/reports/index.js');
  const { report, single, tellSource } = shown;
  const { lang } = table;
  const [only] = report.checks;
  switch (format) {
    case 'json':
      return json(single && only ? { ...only, ...(tellSource && { source: report.source }) } : report);
    case 'sarif':
      return json(sarif(report, { version: version(), root: process.cwd(), lang }));
    case 'github':
      return githubAnnotations(report, lang);
    case 'markdown':
      return markdown(report, { lang });
    case 'table':
      return tables(shown, table);
  }
}

/** A further file for the report, as `--write` names it. */
export interface Target {
  readonly format: Format;
  readonly file: string;
}

/** @param given `FORMAT=FILE` each @throws UsageError for a format that there is not, or no file */
export function targetsOf(given: readonly string[], { language }: CliContext): readonly Target[] {
  return given.map((text) => {
    const [, word, file] = /^([a-z]+)=(.+)$/s.exec(text) ?? [];
    const format = FORMATS.find((each) => each === word);
    if (format === undefined || file === undefined)
      throw new UsageError(checkMessages[language].badWrite(text));
    return { format, file };
  });
}

/** Writes the report to files. @throws UsageError for one that cannot be written */
export async function writeFiles(
  shown: Shown,
  targets: readonly Target[],
  context: CliContext,
): Promise<void> {
  for (const { format, file } of targets)
    await written(file, await textOf(shown, format, { lang: context.language, colour: false }), context);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** One table after the other, what goes wrong besides, and how many of which verdict. */
async function tables({ report, tellSource, explain }: Shown, options: TableOptions): Promise<string> {
  const { explainText } = await import('../../checkpoint/index.js');
  const { table } = await import('../../checkpoint/reports/index.js');
  const messages = checkMessages[options.lang];
  const { checks, faults, source } = report;
  return [
    ...checks.map((check) => {
      const label = check.label === undefined ? '' : `${check.label}\n`;
      return `${label}${explain ? `${explainText(check, options)}\n` : ''}${table(check, options)}`;
    }),
    ...(faults.length > 0 ? [faultsText(faults, options.lang)] : []),
    ...(tellSource || checks.length > 1
      ? [`${checks.length > 1 ? `${messages.summary(counts(checks))}\n` : ''}${messages.facts(source)}\n`]
      : []),
  ].join('\n');
}

function counts(checks: readonly CheckReport[]) {
  const of = (wanted: CheckReport['verdict']) => checks.filter(({ verdict }) => verdict === wanted).length;
  return { granted: of('granted'), denied: of('denied'), unknown: of('unknown') };
}

/** What goes wrong with a plan whatever is granted, for people. */
export function faultsText(faults: readonly Fault[], language: CliContext['language']): string {
  return `${checkMessages[language].faults}\n\n${faults.map(faultText).join('\n')}`;
}

function faultText({ id, severity, address, message, mend, place }: Fault): string {
  const at = place === undefined ? '' : ` (${place.file}:${place.line})`;
  const lines = mend.split('\n').map((line) => `    ${line}`);
  return [`${severity === 'error' ? '✗' : '!'} ${id}  ${address}${at}`, `    ${message}`, ...lines, ''].join(
    '\n',
  );
}

/** Draws the deploy into a file of either kind. @throws UsageError for another ending, or a file that cannot be written */
export async function draw(file: string, report: CheckReport, context: CliContext): Promise<void> {
  await written(file, await drawing(file, report, context), context);
}

async function written(file: string, text: string, context: CliContext): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(checkMessages[context.language].cannotWrite(file, error.code ?? error.message));
  });
}

async function drawing(file: string, report: CheckReport, { language }: CliContext): Promise<string> {
  const { graphOf, mermaid, svg } = await import('../../checkpoint/reports/index.js');
  const graph = graphOf(report, language);
  return path.extname(file) === '.svg' ? svg(graph) : mermaid(graph);
}

/** @throws UsageError for a name that ends neither in `.svg` nor in `.mmd` */
export function requireDrawable(file: string | undefined, { language }: CliContext): void {
  if (file !== undefined && !['.svg', '.mmd'].includes(path.extname(file)))
    throw new UsageError(checkMessages[language].badGraph(file));
}
