/** Puts the parts of an audit together. */
import type { RunKind } from '../../names/index.js';
import { type ResourceName, runResourceParts } from '../../names/index.js';
import { written } from '../fixes/index.js';
import { type AuditPart, NO_POINT, type PartNeed, ROW, VERDICTS } from './part.js';
import { stepKey } from './step-key.js';
import type {
  AuditFinding,
  AuditNote,
  AuditReport,
  AuditRow,
  AuditTarget,
  RequirementTotal,
  VerdictCounts,
} from './types.js';

type Counts = { -readonly [verdict in keyof VerdictCounts]: number };
const none = (): Counts => ({ granted: 0, denied: 0, unknown: 0 });
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

/** @param parts in the order of their resources */
export function reportOf(parts: readonly AuditPart[], head: ReportHead): AuditReport {
  const { source, time, assumed, notes, unlisted, limit } = head;
  const rows = new Rows();
  for (const part of parts) rows.add(part);
  const unresolvable = new Set(parts.flatMap((part) => part.unresolvable));
  const isOpen = rows.counts.unknown + unlisted.length + unresolvable.size > 0;
  return {
    schema: 'sekisho.audit/1',
    source,
    time: time.toISOString(),
    verdict: rows.counts.denied > 0 ? 'denied' : isOpen ? 'unknown' : 'granted',
    totals: {
      projects: new Set(parts.flatMap(({ projects }) => projects)).size,
      resources: rows.resources,
      withoutDeployer: rows.withoutDeployer,
      deployers: new Set(parts.flatMap(({ deployers }) => deployers)).size,
      rows: rows.counts,
      kinds: rows.kinds,
    },
    requirements: requirementTotals(parts),
    findings: findingsOf(parts, rows),
    rows: rows.worstFirst(),
    notes: [
      ...assumed.map((what): AuditNote => ({ kind: 'assumed', what })),
      ...mostFirst(parts.map(({ unknown }) => unknown)).map(
        ([why, count]): AuditNote => ({ kind: 'unknown', why, rows: count }),
      ),
      ...mostFirst(parts.map(({ unnamed }) => unnamed)).map(
        ([member, resources]): AuditNote => ({ kind: 'not-asked', member, resources }),
      ),
      ...leftOutOf(parts, limit),
      ...[...unlisted.map((what) => `not audited: ${what}`), ...notes, ...unresolvable].map(
        (text): AuditNote => ({ kind: 'read', text }),
      ),
    ],
  };
}

/** Rows and what they are about, counted. */
class Rows {
  readonly counts = none();
  readonly resources = none();
  readonly kinds: Record<RunKind, Counts> = { service: none(), job: none(), workerPool: none() };
  withoutDeployer = 0;
  readonly #rows: readonly AuditRow[][] = VERDICTS.map(() => []);
  readonly #targets = new Map<AuditPart, readonly AuditTarget[]>();

  add(part: AuditPart): void {
    const targets = part.targets.map(targetOf);
    this.#targets.set(part, targets);
    const worst = new Uint8Array(targets.length).fill(VERDICTS.length);
    const { rows } = part;
    for (let at = 0; at < rows.length; at += ROW) {
      const number = rows[at] ?? 0;
      const code = rows[at + 2] ?? 0;
      const target = targets[number];
      const verdict = VERDICTS[code];
      if (target === undefined || verdict === undefined) throw new RangeError('a row of another part');
      const deployer = part.deployers[rows[at + 1] ?? 0] ?? '';
      const first = part.points[rows[at + 3] ?? NO_POINT];
      const denied = rows[at + 4] ?? 0;
      const unknown = rows[at + 5] ?? 0;
      this.#rows[code]?.push(
        first === undefined
          ? { target, deployer, verdict, denied, unknown }
          : { target, deployer, verdict, first, denied, unknown },
      );
      this.counts[verdict] += 1;
      if (code < (worst[number] ?? 0)) worst[number] = code;
    }
    targets.forEach(({ kind }, index) => {
      const verdict = VERDICTS[worst[index] ?? 0];
      if (verdict === undefined) this.withoutDeployer += 1;
      else {
        this.resources[verdict] += 1;
        this.kinds[kind][verdict] += 1;
      }
    });
  }

  /** Those of one verdict stay in the order of the resources' names. */
  worstFirst(): AuditRow[] {
    return this.#rows.flat();
  }

  examples(part: AuditPart, { examples }: PartNeed): readonly AuditTarget[] {
    const targets = this.#targets.get(part) ?? [];
    return examples.flatMap((index) => targets[index] ?? []);
  }
}

function targetOf(resource: ResourceName): AuditTarget {
  const parts = runResourceParts(resource);
  if (parts === undefined) throw new RangeError(`${resource} is no Cloud Run resource`);
  return { resource, ...parts };
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

function findingsOf(parts: readonly AuditPart[], rows: Rows): AuditFinding[] {
  const needs = new Map<string, Omit<AuditFinding, 'fix'> & Pick<PartNeed, 'step'>>();
  for (const part of parts) {
    for (const need of part.needs) {
      const key = stepKey(need.step);
      const before = needs.get(key);
      const examples = [...(before?.examples ?? []), ...rows.examples(part, need)];
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
  return [...sums].sort(([, a], [, b]) => b - a);
}

function leftOutOf(parts: readonly AuditPart[], limit: number): AuditNote[] {
  const rows = parts.reduce((sum, { leftOut }) => sum + leftOut, 0);
  return rows === 0 ? [] : [{ kind: 'left-out', rows, limit }];
}
