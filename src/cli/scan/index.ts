/** `sekisho scan`: reads logs, and reports who lacked what. */
import type { LogScan, ScanReport } from '../../checkpoint/index.js';
import { fetchToken } from '../../plane/clients/index.js';
import type { Reading } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { sourceChoice } from '../sources/choice.js';
import { openSource } from '../sources/open.js';
import { progressBar } from '../sources/progress.js';
import { memberIn, planeOf, type WhoOptions } from '../where.js';
import { scanCliMessages } from './messages.js';

export interface ScanOptions extends WhoOptions {
  readonly source?: string;
  readonly project: readonly string[];
  readonly freshness?: string;
  readonly filter?: string;
  readonly check?: string;
  readonly format: 'table' | 'json' | 'csv' | 'gcloud' | 'terraform';
}

const DEFAULT_FRESHNESS = '30d';
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** @throws UsageError for a command line that cannot be followed; ClientError when no plane runs */
export async function scan(files: readonly string[], given: ScanOptions, context: CliContext): Promise<void> {
  const { LogScan, scanExitCode, scanNotes, scanReport, withPresent } = await import(
    '../../checkpoint/reports/index.js'
  );
  const { Reading } = await import('../../sources/logs/index.js');
  const logs = logsOf(files, given, context);
  const choice = given.check === undefined ? undefined : sourceChoice(checkOf(given), context);
  const found = new LogScan();
  const reading = new Reading();
  if (logs.kind === 'files') await scanFiles(logs.files, found, reading, context);
  else await scanApi(logs, given, { found, reading }, context);
  const source = choice && (await openSource(choice, context));
  const groups = found.groups();
  try {
    const known = source ? await withPresent(groups, source, new Date()) : groups;
    const report = scanReport(found, reading, known);
    context.stdout.write(await written(report, given.format, context));
    if (given.format !== 'table' && given.format !== 'json') {
      for (const note of scanNotes(report, { lang: context.language, colour: false })) {
        context.stderr.write(`${note}\n`);
      }
    }
    context.status = scanExitCode(report);
  } finally {
    await source?.close();
  }
}

const checkOf = ({ check = '', data }: ScanOptions) => ({
  source: check,
  ...(data === undefined ? {} : { data }),
});

type Logs =
  | { readonly kind: 'files'; readonly files: readonly string[] }
  | {
      readonly kind: 'plane' | 'gcp';
      /** None named means all that the caller sees of a plane. */
      readonly projects: readonly string[];
      readonly since: Date;
    };

function logsOf(files: readonly string[], given: ScanOptions, { language, env }: CliContext): Logs {
  const messages = scanCliMessages[language];
  const { source, freshness, filter } = given;
  const projects = given.project.flatMap((text) => text.split(',')).filter((text) => text !== '');
  if (source === undefined) {
    if (files.length === 0) throw new UsageError(messages.noLogs);
    if (files.includes('-') && files.length > 1) throw new UsageError(messages.stdinTwice);
    const needless = Object.entries({
      '--project': projects[0],
      '--freshness': freshness,
      '--filter': filter,
    });
    const [option] = needless.find(([, value]) => value !== undefined) ?? [];
    if (option !== undefined) throw new UsageError(messages.onlyWithSource(option));
    return { kind: 'files', files };
  }
  if (files.length > 0) throw new UsageError(messages.filesAndSource);
  if (source !== 'plane' && source !== 'gcp') throw new UsageError(messages.badSource(source));
  const own = env.CLOUDSDK_CORE_PROJECT || env.GOOGLE_CLOUD_PROJECT;
  const named = projects.length === 0 && own ? [own] : projects;
  if (named.length === 0 && source === 'gcp') throw new UsageError(messages.noProject);
  return { kind: source, projects: named, since: sinceOf(freshness ?? DEFAULT_FRESHNESS, language) };
}

function sinceOf(freshness: string, language: CliContext['language']): Date {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(freshness) ?? [];
  const since = new Date(Date.now() - Number(count) * (UNITS[unit ?? ''] ?? Number.NaN) * 1000);
  if (Number.isNaN(since.getTime())) throw new UsageError(scanCliMessages[language].badFreshness(freshness));
  return since;
}

async function scanFiles(
  names: readonly string[],
  found: LogScan,
  reading: Reading,
  context: CliContext,
): Promise<void> {
  const sources = await import('../../sources/logs/index.js');
  if (names[0] === '-') {
    await sources.scanPieces('<stdin>', sources.contentsOf(context.stdin), found, reading);
    return;
  }
  const files = await sources.logFilesAt(names).catch((error: NodeJS.ErrnoException) => {
    const { cannotRead } = scanCliMessages[context.language];
    throw new UsageError(cannotRead(error.path ?? '', error.code ?? error.message));
  });
  const bar = await progressBar(
    files.reduce((sum, { size }) => sum + size, 0),
    context,
  );
  try {
    await sources.scanFiles(files, found, reading, (bytes) => bar.add(bytes));
  } finally {
    bar.stop();
  }
}

async function scanApi(
  logs: Exclude<Logs, { kind: 'files' }>,
  given: ScanOptions,
  { found, reading }: { readonly found: LogScan; readonly reading: Reading },
  context: CliContext,
): Promise<void> {
  const { googleLogging, planeLogging, scanLogging, visibleProjects } = await import(
    '../../sources/logs/index.js'
  );
  const query = { ...logs, ...(given.filter === undefined ? {} : { filter: given.filter }) };
  if (logs.kind === 'gcp') return scanLogging(query, googleLogging({ env: context.env }), found, reading);
  const plane = await planeOf(given, context);
  const member = memberIn(given, plane, context);
  const reader = planeLogging({ url: plane.url, member, token: await fetchToken(plane, member) });
  const projects = logs.projects.length > 0 ? logs.projects : await visibleProjects(reader);
  if ('unknown' in projects) throw new Error(projects.why);
  if (projects.length === 0) throw new UsageError(scanCliMessages[context.language].nothingSeen(member));
  return scanLogging({ ...query, projects }, reader, found, reading);
}

async function written(
  report: ScanReport,
  format: ScanOptions['format'],
  context: CliContext,
): Promise<string> {
  const { scanCsv, scanTable } = await import('../../checkpoint/reports/index.js');
  const { stdout, env, language } = context;
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'csv':
      return scanCsv(report);
    case 'gcloud':
      return report.fixes.map(({ gcloud }) => `${gcloud}\n`).join('');
    case 'terraform':
      return (
        report.fixes.map(({ terraform }) => terraform).join('\n\n') + (report.fixes.length > 0 ? '\n' : '')
      );
    case 'table':
      return scanTable(report, {
        lang: language,
        colour: stdout.isTTY === true && !env.NO_COLOR,
        ...(stdout.columns === undefined ? {} : { width: stdout.columns }),
      });
  }
}
