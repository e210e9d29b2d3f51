/** `sekisho audit`: reads an estate and reports on the next deploy of everything in it. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditReport } from '../../checkpoint/index.js';
import { type Principal, parsePrincipal } from '../../names/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { progressBar } from '../scan/progress.js';
import { type SourceChoice, type SourceOptions, sourceChoice } from '../sources/choice.js';
import { groupsIn } from '../sources/groups.js';
import { version } from '../version.js';
import { auditCliMessages } from './messages.js';

export interface AuditGiven extends SourceOptions {
  readonly deployer: readonly string[];
  readonly limit: string;
  readonly knownImages?: boolean;
  readonly complete?: boolean;
  readonly format: 'table' | 'json' | 'html' | 'csv' | 'sarif';
  readonly out?: string;
  readonly top: string;
}

/** @throws UsageError for a command line that cannot be followed; AssetsProblem and BadInput for files that cannot be read */
export async function auditCommand(given: AuditGiven, context: CliContext): Promise<void> {
  const { audit, auditExitCode } = await import('../../checkpoint/index.js');
  const messages = auditCliMessages[context.language];
  const choice = sourceChoice(given, context);
  const deployers = given.deployer.map((text) => principalOf(text, context));
  const limit = numberOf('--limit', given.limit, context);
  const top = numberOf('--top', given.top, context);
  if (choice.kind !== 'assets') throw new UsageError(messages.needsExport(choice.kind));
  const { inventory, notes } = await opened(choice, given, context);
  const report = await audit(inventory, {
    time: new Date(),
    limit,
    notes,
    assumed: choice.assume,
    images: given.knownImages === true ? 'known' : 'assumed',
    ...(deployers.length > 0 && { deployers }),
  });
  await write(await textOf(report, given, top, context), given.out, context);
  context.status = auditExitCode(report);
}

async function opened(
  choice: Extract<SourceChoice, { kind: 'assets' }>,
  { complete }: AuditGiven,
  context: CliContext,
) {
  const { assetsSize, assumingOf, openAssets } = await import('../../sources/index.js');
  const groups = choice.groups === undefined ? undefined : await groupsIn(choice.groups, context);
  const bar = await progressBar(await assetsSize(choice.path), context);
  try {
    const { inventory, notes } = await openAssets(choice.path, {
      ...(groups && { groups }),
      complete: complete === true,
      onBytes: (bytes) => bar.add(bytes),
    });
    return { inventory: assumingOf(inventory, choice.assume), notes };
  } finally {
    bar.stop();
  }
}

function principalOf(text: string, { language }: CliContext): Principal {
  const principal = parsePrincipal(text);
  if (!principal) throw new UsageError(auditCliMessages[language].badDeployer(text));
  return principal;
}

function numberOf(option: string, text: string, { language }: CliContext): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(auditCliMessages[language].badNumber(option, text));
  return Number(text);
}

async function textOf(
  report: AuditReport,
  { format, out }: AuditGiven,
  top: number,
  { language, stdout }: CliContext,
): Promise<Iterable<string>> {
  const { auditCsv, auditHtml, auditJson, auditSarif, auditTable } = await import(
    '../../checkpoint/index.js'
  );
  const terminal = out === undefined && stdout.isTTY === true;
  switch (format) {
    case 'json':
      return auditJson(report);
    case 'html':
      return [auditHtml(report, { lang: language })];
    case 'csv':
      return [auditCsv(report)];
    case 'sarif':
      return [`${JSON.stringify(auditSarif(report, version()), null, 2)}\n`];
    case 'table':
      return [
        auditTable(report, {
          lang: language,
          colour: terminal,
          top,
          ...(terminal && stdout.columns !== undefined && { width: stdout.columns }),
        }),
      ];
  }
}

async function write(text: Iterable<string>, out: string | undefined, context: CliContext): Promise<void> {
  if (out === undefined) {
    for (const piece of text) context.stdout.write(piece);
    return;
  }
  try {
    await pipeline(Readable.from(text), createWriteStream(out));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(auditCliMessages[context.language].cannotWrite(out, why));
  }
}
