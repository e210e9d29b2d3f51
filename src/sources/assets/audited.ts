/** Audits an export by as many processors as there are: each reads some of it, and judges a share of its projects. */
import path from 'node:path';
import type { AuditReport, AuditSummary } from '../../checkpoint/index.js';
import {
  audit,
  auditJson,
  auditSummary,
  jsonOf,
  reportOf,
  rolesBesideAudits,
  VERDICTS,
} from '../../checkpoint/reports/index.js';
import type { Assumption } from '../helped/index.js';
import { assumingOf } from '../inventory/assume.js';
import type { Asset } from './asset.js';
import { type Noted, notesOf } from './estate.js';
import { type Folded, Folder } from './fold.js';
import { type AssetsOptions, openAssets } from './open.js';
import { readFiles } from './read.js';
import { readyExport, type Threads } from './ready/index.js';
import type { TakesExports } from './taken.js';
import type { AuditSettings, Told } from './work.js';

export interface AuditedOptions extends AssetsOptions {
  readonly assume: readonly Assumption[];
  readonly audit: AuditSettings & { readonly assumed?: readonly string[] };
}

/**
 * The audit of what openAssets() opens.
 * @throws AssetsProblem naming the file and the place of what cannot be read
 */
export async function auditAssets(file: string, options: AuditedOptions): Promise<AuditReport> {
  const judged = await judgedShares(file, options, 'rows');
  return judged === undefined ? auditHere(file, options) : reportOfShares(judged);
}

/**
 * The same as JSON, whose rows are written where they were judged.
 * @returns pieces of what auditJson() makes of the report
 * @throws AssetsProblem naming the file and the place of what cannot be read
 */
export async function auditAssetsJson(
  file: string,
  options: AuditedOptions,
): Promise<{ verdict: AuditReport['verdict']; json: Iterable<string | Uint8Array> }> {
  const judged = await judgedShares(file, options, 'json');
  if (judged === undefined) {
    const report = await auditHere(file, options);
    return { verdict: report.verdict, json: auditJson(report) };
  }
  return { verdict: judged.summary.verdict, json: jsonOfShares(judged) };
}

/** What is read in a moment is judged without threads. */
async function auditHere(file: string, options: AuditedOptions): Promise<AuditReport> {
  const { inventory, notes } = await openAssets(file, options);
  return audit(assumingOf(inventory, options.assume), { ...options.audit, notes });
}

/** What judging a share comes to. */
type Judged = Omit<Extract<Told, { kind: 'judged' }>, 'kind'>;

interface JudgedShares {
  readonly summary: AuditSummary;
  readonly told: readonly Judged[];
}

/** @param told in the order of the shares */
export function allShares(
  told: readonly Judged[],
  name: string,
  settings: AuditedOptions['audit'],
): JudgedShares {
  const notes = notesOf(sumOf(told.map(({ noted }) => noted)));
  const parts = told.map(({ part }) => part);
  return { summary: auditSummary(parts, name, { ...settings, notes }), told };
}

/** Where shares were judged for their rows. */
export function reportOfShares({ summary, told }: JudgedShares): AuditReport {
  const parts = told.flatMap(({ rows }) => ('rows' in rows ? [rows.rows] : []));
  return reportOf(summary, parts);
}

/** Where shares were judged for JSON. */
export function jsonOfShares({ summary, told }: JudgedShares): Iterable<string | Uint8Array> {
  const parts = told.flatMap(({ rows }) => ('json' in rows ? [rows.json] : []));
  const sorted = VERDICTS.flatMap((_, verdict) => parts.flatMap((part) => part[verdict] ?? []));
  return jsonOf(summary, [sorted]);
}

/** Undefined where threads are not worth their while. */
async function judgedShares(
  file: string,
  options: AuditedOptions,
  rows: 'rows' | 'json',
): Promise<JudgedShares | undefined> {
  const ready = options.ready ?? (await readyExport(file));
  const { threads } = ready;
  if (threads === undefined) return undefined;
  const { onBytes, assume, groups, complete, audit: settings } = options;
  const name = path.basename(file);
  const help = { ...(groups && { groups }), ...(complete === undefined ? {} : { complete }) };
  try {
    const spread = new Spread(threads);
    await readFiles(ready, spread, { onBytes, beside: rolesBesideAudits() });
    spread.flush();
    threads.tell({ kind: 'judging', judging: { name, help, assume, rows, audit: sharedOf(settings) } });
    return allShares(await threads.judged(), name, settings);
  } finally {
    // Whoever waits for the audit need not wait for this.
    void threads.close();
  }
}

/** What can be handed over, whatever else the settings hold. */
function sharedOf({ time, deployers, limit, images, platform }: AuditSettings): AuditSettings {
  return {
    time,
    ...(deployers && { deployers }),
    ...(limit === undefined ? {} : { limit }),
    ...(images && { images }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function sumOf(noted: readonly Noted[]): Noted {
  const sum = { repeated: 0, unreadable: 0, denials: 0, bare: 0 };
  for (const { repeated, unreadable, denials, bare } of noted) {
    sum.repeated += repeated;
    sum.unreadable += unreadable;
    sum.denials += denials;
    sum.bare += bare;
  }
  return sum;
}

/** Assets that are read here are handed over so many at once. */
const MANY = 1000;
/** Whoever folds here is none of the threads. */
const HERE = -1;

/** Hands all threads all that was read, in the order of the files. */
export class Spread implements TakesExports {
  readonly #threads: Pick<Threads, 'tell'>;
  readonly #folder = new Folder();
  #count = 0;

  constructor(threads: Pick<Threads, 'tell'>) {
    this.#threads = threads;
  }

  from(name: string): void {
    this.flush();
    this.#threads.tell({ kind: 'from', name });
  }

  add(asset: Asset): void {
    this.#folder.addAsset(asset);
    this.#count += 1;
    if (this.#count === MANY) this.flush();
  }

  unfold(folded: Folded, by: number): void {
    this.flush();
    this.#threads.tell({ kind: 'unfold', folded, by });
  }

  flush(): void {
    if (this.#count === 0) return;
    this.#count = 0;
    this.#threads.tell({ kind: 'unfold', folded: this.#folder.folded(), by: HERE });
  }
}
