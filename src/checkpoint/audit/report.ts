/** Puts the parts of an audit together. */
import type { RunKind } from '../../names/index.js';
import { written } from '../fixes/index.js';
import { type AuditPart, type PartNeed, type PartRows, type PartTotals, VERDICTS } from './part.js';
import { rowsOf, targetOf } from './rows.js';
import { stepKey } from './step-key.js';
import type { AuditFinding, AuditNote, AuditReport, RequirementTotal, VerdictCounts } from './types.js';

const EXAMPLES = 5;

export interface ReportHead {
  readonly source: string;
  readonly time: Date;
  readonly assumed: readonly string[];
  readonly notes: readonly string[];
  /** What may be missing among the resources, and why. */
  readonly unlisted: readonly string[];
  /** How many deployers of one resource were asked for. */
  readonly limit: number;
}

/** A report without its rows, which may be put behind it. */
export type AuditSummary = Omit<AuditReport, 'rows'>;

/** @param parts in the order of their resources */
export function summaryOf(parts: readonly AuditPart[], head: ReportHead): AuditSummary {
  const { source, time, assumed, notes, unlisted, limit } = head;
  const totals = totalsOf(parts.map((part) => part.totals));
  const unresolvable = new Set(parts.flatMap((part) => part.unresolvable));
  const isOpen = totals.rows.unknown + unlisted.length + unresolvable.size > 0;
  const { rows, resources, withoutDeployer, kinds } = totals;
  return {
    schema: 'sekisho.audit/1',
    source,
    time: time.toISOString(),
    verdict: rows.denied > 0 ? 'denied' : isOpen ? 'unknown' : 'granted',
    totals: {
      projects: new Set(parts.flatMap(({ projects }) => projects)).size,
      resources,
      withoutDeployer,
      deployers: new Set(parts.flatMap(({ deployers }) => deployers)).size,
      rows,
      kinds,
    },
    requirements: requirementTotals(parts),
    findings: findingsOf(parts),
    notes: [
      ...assumed.map((what): AuditNote => ({ kind: 'assumed', what })),
      ...mostFirst(parts.map(({ unknown }) => unknown)).map(
        ([why, count]): AuditNote => ({ kind: 'unknown', why, rows: count }),
      ),
      ...mostFirst(parts.map(({ unnamed }) => unnamed)).map(
        ([member, count]): AuditNote => ({ kind: 'not-asked', member, resources: count }),
      ),
      ...leftOutOf(parts, limit),
      ...[...unlisted.map((what) => `not audited: ${what}`), ...notes, ...unresolvable].map(
        (text): AuditNote => ({ kind: 'read', text }),
      ),
    ],
  };
}

/** @param rows of the parts, in their order */
export function reportOf(summary: AuditSummary, rows: readonly PartRows[]): AuditReport {
  const sorted = rows.map(rowsOf);
  return {
    ...summary,
    rows: VERDICTS.flatMap((_, verdict) => sorted.flatMap((part) => part[verdict] ?? [])),
  };
}

function totalsOf(parts: readonly PartTotals[]): PartTotals {
  const sum = (countsOf: (part: PartTotals) => VerdictCounts): VerdictCounts => {
    const counts = { granted: 0, denied: 0, unknown: 0 };
    for (const part of parts) for (const verdict of VERDICTS) counts[verdict] += countsOf(part)[verdict];
    return counts;
  };
  const of = (kind: RunKind) => sum(({ kinds }) => kinds[kind]);
  return {
    rows: sum(({ rows }) => rows),
    resources: sum(({ resources }) => resources),
    withoutDeployer: parts.reduce((count, { withoutDeployer }) => count + withoutDeployer, 0),
    kinds: { service: of('service'), job: of('job'), workerPool: of('workerPool') },
  };
}

function requirementTotals(parts: readonly AuditPart[]): RequirementTotal[] {
  const totals = new Map<string, RequirementTotal>();
  for (const { id, effect, denied, unknown } of parts.flatMap(({ requirements }) => requirements)) {
    const before = totals.get(id) ?? { denied: 0, unknown: 0 };
    totals.set(id, { id, effect, denied: before.denied + denied, unknown: before.unknown + unknown });
  }
  return [...totals.values()].sort(
    (a, b) => b.denied - a.denied || b.unknown - a.unknown || (a.id < b.id ? -1 : 1),
  );
}

function findingsOf(parts: readonly AuditPart[]): AuditFinding[] {
  const needs = new Map<string, Omit<AuditFinding, 'fix'> & Pick<PartNeed, 'step'>>();
  for (const part of parts) {
    for (const need of part.needs) {
      const key = stepKey(need.step);
      const before = needs.get(key);
      const examples = [...(before?.examples ?? []), ...need.examples.map(targetOf)];
      needs.set(key, {
        step: before?.step ?? need.step,
        requirements: [...new Set([...(before?.requirements ?? []), ...need.requirements])].sort(),
        rows: (before?.rows ?? 0) + need.rows,
        resources: (before?.resources ?? 0) + need.resources,
        suffices: (before?.suffices ?? 0) + need.suffices,
        examples: examples.slice(0, EXAMPLES),
      });
    }
  }
  const sorted = [...needs].sort(([a, one], [b, other]) => other.rows - one.rows || (a < b ? -1 : 1));
  const fixes = written(
    sorted.map(([, { step }]) => step),
    'v2',
  );
  return sorted.flatMap(([, { step: _step, ...need }], index) => {
    const fix = fixes[index];
    return fix === undefined ? [] : [{ fix, ...need }];
  });
}

function mostFirst(counts: readonly ReadonlyMap<string, number>[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [key, count] of counts.flatMap((each) => [...each])) sums.set(key, (sums.get(key) ?? 0) + count);
  return [...sums].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
}

function leftOutOf(parts: readonly AuditPart[], limit: number): AuditNote[] {
  const rows = parts.reduce((sum, { leftOut }) => sum + leftOut, 0);
  return rows === 0 ? [] : [{ kind: 'left-out', rows, limit }];
}
