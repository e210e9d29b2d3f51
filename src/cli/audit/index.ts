/** `sekisho audit`: reads an estate and reports on the next deploy of everything in it. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import type { AuditOptions, AuditReport, Inventory } from '../../checkpoint/index.js';
import { isProjectId, type Principal, parsePrincipal } from '../../names/index.js';
import type { GoogleReader, LiveScope } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import { Failure, UsageError } from '../errors.js';
import { type ExportChoice, readingExport } from '../sources/assets.js';
import { type SourceChoice, type SourceOptions, sourceChoice } from '../sources/choice.js';
import { groupsIn } from '../sources/groups.js';
import { version } from '../version.js';
import { auditCliMessages } from './messages.js';
import { readOwn } from './own.js';

export interface AuditGiven extends SourceOptions {
  readonly project: readonly string[];
  readonly organization?: string;
  readonly deployer: readonly string[];
  readonly limit: string;
  readonly knownImages?: boolean;
  readonly format: 'table' | 'json' | 'html' | 'csv' | 'sarif';
  readonly out?: string;
  readonly top: string;
}

/** Nothing could be read at all. */
const UNANSWERED = 2;

/**
 * @param reader Google Cloud's; one with the user's own credentials when left out
 * @throws UsageError for a command line that cannot be followed; AssetsProblem, BadInput and EstateError for
 *   files that cannot be read; ClientError and PlaneError for a plane, Failure for Google Cloud that cannot be asked
 */
export async function auditCommand(
  given: AuditGiven,
  context: CliContext,
  reader?: GoogleReader,
): Promise<void> {
  const choice = sourceChoice(given, context);
  const deployers = given.deployer.map((text) => principalOf(text, context));
  const options: AuditOptions = {
    time: new Date(),
    limit: numberOf('--limit', given.limit, context),
    assumed: choice.assume,
    images: given.knownImages === true ? 'known' : 'assumed',
    ...(deployers.length > 0 && { deployers }),
  };
  const top = numberOf('--top', given.top, context);
  const scope = scopeOf(choice, given, context);
  const { verdict, text } =
    choice.kind === 'assets'
      ? await exportAudited(choice, options, { ...given, top }, context)
      : await written(await auditOf(choice, { options, scope, reader }, context), given, top, context);
  await write(text, given.out, context);
  const { auditExitCode } = await import('../../checkpoint/reports/index.js');
  context.status = auditExitCode({ verdict });
}

/** What an audit comes to, and the pieces of its report. */
interface Audited {
  readonly verdict: AuditReport['verdict'];
  readonly text: Iterable<string | Uint8Array>;
}

async function exportAudited(
  choice: ExportChoice,
  settings: AuditOptions,
  { top, ...given }: Omit<AuditGiven, 'top'> & { readonly top: number },
  context: CliContext,
): Promise<Audited> {
  makeWayForThreads();
  return readingExport(choice, context, async (path, options) => {
    const { auditAssets, auditAssetsJson } = await import('../../sources/assets/index.js');
    const how = { ...options, assume: choice.assume, audit: settings };
    if (given.format !== 'json') return written(await auditAssets(path, how), given, top, context);
    const { verdict, json } = await auditAssetsJson(path, how);
    return { verdict, text: json };
  });
}

/**
 * Each thread compiles the code of an audit and collects its garbage for itself, while all processors are busy with the
 * others: with less of it inlined, without objects put where those stay that live long, and without helpers that must be
 * waited for, an audit that lasts some seconds takes a tenth less.
 */
function makeWayForThreads(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=100');
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString('--no-parallel-scavenge');
}

async function written(
  report: AuditReport,
  form: Pick<AuditGiven, 'format' | 'out'>,
  top: number,
  context: CliContext,
): Promise<Audited> {
  return { verdict: report.verdict, text: await textOf(report, form, top, context) };
}

interface Asking {
  readonly options: AuditOptions;
  readonly scope: LiveScope;
  readonly reader: GoogleReader | undefined;
}

/** Of sources that are asked for each thing by itself, until nothing is left to ask for. */
async function auditOf(
  choice: Exclude<SourceChoice, ExportChoice>,
  { options, scope, reader }: Asking,
  context: CliContext,
): Promise<AuditReport> {
  const { audit } = await import('../../checkpoint/reports/index.js');
  const ask = (inventory: Inventory, platform?: string) =>
    audit(inventory, { ...options, ...(platform === undefined ? {} : { platform }) });
  const { inventory, ...known } =
    choice.kind === 'gcp'
      ? await readLive({ ...{ choice, scope, ask }, ...(reader && { reader }) }, context)
      : await readOwn(choice, ask, context);
  return audit(inventory, { ...options, ...known });
}

/** What of the source is audited: all of most, and what the command line names of Google Cloud. */
function scopeOf(
  { kind }: SourceChoice,
  { project: projects, organization }: AuditGiven,
  context: CliContext,
): LiveScope {
  const messages = auditCliMessages[context.language];
  const isNamed = projects.length > 0 || organization !== undefined;
  if (kind !== 'gcp') {
    if (isNamed) throw new UsageError(messages.scopeOfGoogle);
    return { projects };
  }
  if (projects.length > 0 === (organization !== undefined)) throw new UsageError(messages.needsScope);
  for (const id of projects) if (!isProjectId(id)) throw new UsageError(context.messages.badProject(id));
  if (organization === undefined) return { projects };
  if (!/^[1-9]\d{0,18}$/.test(organization)) throw new UsageError(messages.badOrganization(organization));
  return { organization };
}

interface Live {
  readonly choice: SourceChoice;
  readonly scope: LiveScope;
  readonly ask: (inventory: Inventory) => Promise<unknown>;
  readonly reader?: GoogleReader;
}

async function readLive({ choice, scope, ask, reader }: Live, context: CliContext) {
  const { assumingOf, GoogleReader: Reader, googleInventory } = await import('../../sources/index.js');
  const groups = choice.groups === undefined ? undefined : await groupsIn(choice.groups, context);
  const assuming = (inventory: Inventory) => assumingOf(inventory, choice.assume);
  const { stderr, language, env } = context;
  let listed = 0;
  try {
    const { inventory, notes, unlisted } = await googleInventory({
      ...{ scope, ...(groups && { groups }) },
      reader: reader ?? new Reader({ env }),
      ask: (read) => ask(assuming(read)),
      onAssets: (count) => {
        listed += count;
      },
    });
    if (listed > 0) stderr.write(`${auditCliMessages[language].listed(listed)}\n`);
    return { inventory: assuming(inventory), notes, unlisted };
  } catch (error) {
    throw new Failure(UNANSWERED, error);
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
  { format, out }: Pick<AuditGiven, 'format' | 'out'>,
  top: number,
  { language, stdout }: CliContext,
): Promise<Iterable<string>> {
  const { auditCsv, auditHtml, auditJson, auditSarif, auditTable } = await import(
    '../../checkpoint/reports/index.js'
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

/** Bytes that are written with one call: with one for each piece, a large report takes five times as long. */
const TOGETHER = 4 * 1024 * 1024;

async function write(
  text: Iterable<string | Uint8Array>,
  out: string | undefined,
  context: CliContext,
): Promise<void> {
  if (out === undefined) {
    for (const piece of text)
      context.stdout.write(typeof piece === 'string' ? piece : Buffer.from(piece).toString());
    return;
  }
  try {
    await pipeline(Readable.from(text), createWriteStream(out, { highWaterMark: TOGETHER }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(auditCliMessages[context.language].cannotWrite(out, why));
  }
}
