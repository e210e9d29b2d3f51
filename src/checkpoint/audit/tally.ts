/** Counts, rows and findings of an audit, as they come in. */
import type { Verdict } from '../../iam/index.js';
import type { RunKind } from '../../names/index.js';
import { stepsFor, written } from '../fixes/index.js';
import { messages } from '../messages.js';
import type { DeployPlan, Effect, JudgedRequirement, Judgement, Step } from '../types.js';
import { asNamed } from './any-member.js';
import type { Who } from './decisions.js';
import type { InventoryRun } from './inventory.js';
import type {
  AuditFinding,
  AuditNote,
  AuditPoint,
  AuditReport,
  AuditRow,
  AuditTarget,
  RequirementTotal,
  VerdictCounts,
} from './types.js';

type Counts = Record<Verdict, number>;
const none = (): Counts => ({ granted: 0, denied: 0, unknown: 0 });
const ORDER: Readonly<Record<Verdict, number>> = { denied: 0, unknown: 1, granted: 2 };
const EXAMPLES = 5;

interface Need {
  readonly step: Step;
  readonly requirements: Set<string>;
  readonly resources: Set<AuditTarget>;
  rows: number;
  suffices: number;
}

export interface ReportHead {
  readonly source: string;
  readonly time: Date;
  readonly assumed: readonly string[];
  readonly notes: readonly string[];
  /** What may be missing among the resources, and why. */
  readonly unlisted: readonly string[];
}

/** Takes rows in and makes the report. */
export class Tally {
  readonly #limit: number;
  readonly #rows: AuditRow[] = [];
  readonly #verdicts = new Map<AuditTarget, Verdict | undefined>();
  readonly #projects = new Set<string>();
  readonly #deployers = new Set<string>();
  readonly #requirements = new Map<string, { effect: Effect; denied: number; unknown: number }>();
  readonly #needs = new Map<string, Need>();
  /** Points and steps that many rows share, by what is not granted in them. */
  readonly #points = new Map<string, AuditPoint>();
  readonly #steps = new Map<string, readonly Step[]>();
  readonly #unknown = new Map<string, number>();
  readonly #unnamed = new Map<string, number>();
  readonly #unresolvable = new Set<string>();
  #leftOut = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins a resource. @param leftOut how many of its deployers are not asked for */
  target(run: InventoryRun, unnamed: readonly string[], leftOut: number): AuditTarget {
    const { resource, kind, project, location, name } = run;
    const target: AuditTarget = { resource, kind, project, location, name };
    this.#verdicts.set(target, undefined);
    this.#projects.add(project);
    for (const member of unnamed) this.#unnamed.set(member, (this.#unnamed.get(member) ?? 0) + 1);
    this.#leftOut += leftOut;
    return target;
  }

  /** A resource of which nothing can be asked, because its project or region is not there. */
  unresolvable({ resource }: InventoryRun, why: string): void {
    this.#unresolvable.add(`${resource}: ${why}`);
  }

  /** A resource that nobody is known to deploy, and somebody may. */
  deployersUnknown({ project }: InventoryRun, why: string): void {
    this.#projects.add(project);
    this.#unresolvable.add(`not audited: who deploys in project ${project} is not known: ${why}`);
  }

  granted(target: AuditTarget, who: Who): void {
    this.#row({ target, deployer: asNamed(who.member), verdict: 'granted', denied: 0, unknown: 0 });
  }

  judged(target: AuditTarget, who: Who, plan: DeployPlan, judgement: Judgement): void {
    const open = judgement.requirements.filter(({ verdict }) => verdict !== 'granted');
    if (open.length === 0) {
      this.granted(target, who);
      return;
    }
    const denied = open.filter(({ verdict }) => verdict === 'denied');
    for (const requirement of open) this.#count(requirement);
    const stops = judgement.refusal ?? judgement.failure ?? denied[0] ?? open[0];
    this.#row({
      target,
      deployer: asNamed(who.member),
      verdict: judgement.verdict,
      ...(stops && { first: this.#point(stops) }),
      denied: denied.length,
      unknown: open.length - denied.length,
    });
    this.#countWhys(open);
    if (denied.length > 0) this.#need(target, plan, judgement, denied);
  }

  #row(row: AuditRow): void {
    this.#rows.push(row);
    this.#deployers.add(row.deployer);
    const before = this.#verdicts.get(row.target);
    if (before === undefined || ORDER[row.verdict] < ORDER[before])
      this.#verdicts.set(row.target, row.verdict);
  }

  #count({ id, effect, verdict }: JudgedRequirement): void {
    const counts = this.#requirements.get(id) ?? { effect, denied: 0, unknown: 0 };
    this.#requirements.set(id, counts);
    if (verdict === 'denied') counts.denied += 1;
    else counts.unknown += 1;
  }

  /** What was not known, once for each row that it is in the way of. */
  #countWhys(open: readonly JudgedRequirement[]): void {
    const whys = new Set(
      open.flatMap(({ verdict, finding, decision }) => {
        if (verdict !== 'unknown') return [];
        const found = finding && 'why' in finding ? [finding.why] : [];
        const reasons = decision?.reasons ?? [];
        return [
          ...found,
          ...reasons.flatMap((reason) => ('why' in reason && reason.why ? [reason.why] : [])),
        ];
      }),
    );
    for (const why of whys) this.#unknown.set(why, (this.#unknown.get(why) ?? 0) + 1);
  }

  #point(judged: JudgedRequirement): AuditPoint {
    const key = keyOf(judged);
    const known = this.#points.get(key);
    if (known !== undefined) return known;
    const made = pointOf(judged);
    this.#points.set(key, made);
    return made;
  }

  #need(
    target: AuditTarget,
    plan: DeployPlan,
    judgement: Judgement,
    denied: readonly JudgedRequirement[],
  ): void {
    const key = denied.map(keyOf).join('\n');
    const steps = this.#steps.get(key) ?? stepsFor(judgement, plan).steps;
    this.#steps.set(key, steps);
    for (const step of steps) {
      const need = this.#needOf(step);
      need.rows += 1;
      need.resources.add(target);
      if (steps.length === 1) need.suffices += 1;
      for (const id of step.kind === 'grant' ? step.mends : []) need.requirements.add(id);
    }
  }

  #needOf(step: Step): Need {
    const key = stepKey(step);
    const known = this.#needs.get(key);
    if (known !== undefined) return known;
    const named = step.kind === 'grant' ? { ...step, member: asNamed(step.member) } : step;
    const made: Need = { step: named, requirements: new Set(), resources: new Set(), rows: 0, suffices: 0 };
    this.#needs.set(key, made);
    return made;
  }

  report({ source, time, assumed, notes, unlisted }: ReportHead): AuditReport {
    const rows = worstFirst(this.#rows);
    const resources = none();
    const kinds: Record<RunKind, Counts> = { service: none(), job: none(), workerPool: none() };
    let withoutDeployer = 0;
    for (const [target, verdict] of this.#verdicts) {
      if (verdict === undefined) withoutDeployer += 1;
      else {
        resources[verdict] += 1;
        kinds[target.kind][verdict] += 1;
      }
    }
    const counts = countsOf(rows);
    const isOpen = counts.unknown + unlisted.length + this.#unresolvable.size > 0;
    return {
      schema: 'sekisho.audit/1',
      source,
      time: time.toISOString(),
      verdict: counts.denied > 0 ? 'denied' : isOpen ? 'unknown' : 'granted',
      totals: {
        projects: this.#projects.size,
        resources,
        withoutDeployer,
        deployers: this.#deployers.size,
        rows: counts,
        kinds,
      },
      requirements: this.#requirementTotals(),
      findings: this.#findings(),
      rows,
      notes: this.#notes(assumed, [...unlisted.map((what) => `not audited: ${what}`), ...notes]),
    };
  }

  #requirementTotals(): RequirementTotal[] {
    const totals = [...this.#requirements].map(([id, counts]) => ({ id, ...counts }));
    return totals.sort((a, b) => b.denied - a.denied || b.unknown - a.unknown || (a.id < b.id ? -1 : 1));
  }

  #findings(): AuditFinding[] {
    const needs = [...this.#needs.values()].sort(
      (a, b) => b.rows - a.rows || (stepKey(a.step) < stepKey(b.step) ? -1 : 1),
    );
    const fixes = written(
      needs.map(({ step }) => step),
      'v2',
    );
    return needs.flatMap(({ requirements, resources, rows, suffices }, index) => {
      const fix = fixes[index];
      if (fix === undefined) return [];
      const examples = [...resources].slice(0, EXAMPLES);
      return [
        { fix, requirements: [...requirements].sort(), rows, resources: resources.size, suffices, examples },
      ];
    });
  }

  #notes(assumed: readonly string[], read: readonly string[]): AuditNote[] {
    const most = <T>(map: Map<T, number>) => [...map].sort(([, a], [, b]) => b - a);
    return [
      ...assumed.map((what): AuditNote => ({ kind: 'assumed', what })),
      ...most(this.#unknown).map(([why, rows]): AuditNote => ({ kind: 'unknown', why, rows })),
      ...most(this.#unnamed).map(
        ([member, resources]): AuditNote => ({ kind: 'not-asked', member, resources }),
      ),
      ...(this.#leftOut === 0
        ? []
        : [{ kind: 'left-out' as const, rows: this.#leftOut, limit: this.#limit }]),
      ...[...read, ...this.#unresolvable].map((text): AuditNote => ({ kind: 'read', text })),
    ];
  }
}

function countsOf(rows: readonly AuditRow[]): VerdictCounts {
  const counts = none();
  for (const { verdict } of rows) counts[verdict] += 1;
  return counts;
}

/** Rows come in the order of the resources' names, and stay in it. */
function worstFirst(rows: readonly AuditRow[]): AuditRow[] {
  const by = (wanted: Verdict) => rows.filter(({ verdict }) => verdict === wanted);
  return [...by('denied'), ...by('unknown'), ...by('granted')];
}

function keyOf({ id, verdict, principal, permission, resource, image, message }: JudgedRequirement): string {
  return [id, verdict, principal, permission, resource, image, message].join(' ');
}

function stepKey(step: Step): string {
  switch (step.kind) {
    case 'grant':
      return `${step.kind} ${step.member} ${step.role} ${step.resource}`;
    case 'create-role':
      return `${step.kind} ${step.role}`;
    case 'create-account':
      return `${step.kind} ${step.email}`;
    case 'enable-api':
    case 'create-agent':
      return `${step.kind} ${step.project} ${step.api}`;
  }
}

function pointOf(judged: JudgedRequirement): AuditPoint {
  const { id, moment, effect, verdict, principal, permission, resource, image, message } = judged;
  const evidence = [...(judged.finding ? [judged.finding] : []), ...(judged.decision?.reasons ?? [])];
  return {
    id,
    moment,
    effect,
    verdict: verdict === 'denied' ? 'denied' : 'unknown',
    ...(principal !== undefined && { principal: asNamed(principal) }),
    ...(permission !== undefined && { permission }),
    ...(resource !== undefined && { resource }),
    ...(image !== undefined && { image }),
    reasons: evidence.map(messages.en.evidence),
    ...(message !== undefined && { message }),
  };
}
