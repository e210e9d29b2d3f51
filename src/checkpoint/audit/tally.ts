/** Counts, rows and findings of an audit, as they come in. */
import type { Verdict } from '../../iam/index.js';
import type { ResourceName, RunKind } from '../../names/index.js';
import { stepsFor } from '../fixes/index.js';
import { messages } from '../messages.js';
import type { DeployPlan, Effect, Evidence, Finding, JudgedRequirement, Judgement, Step } from '../types.js';
import { asNamed } from './any-member.js';
import type { Who } from './decisions.js';
import type { InventoryRun } from './inventory.js';
import { type AuditPart, NO_POINT, type PartRows, type PartTotals, ROW, VERDICTS } from './part.js';
import { stepKey } from './step-key.js';
import type { AuditPoint } from './types.js';

const EXAMPLES = 5;
/** Rows for which there is room to begin with. */
const FEW = 1024;

interface Need {
  readonly step: Step;
  readonly requirements: Set<string>;
  /** Indices of targets. */
  readonly resources: Set<number>;
  rows: number;
  suffices: number;
}

const CODES: Readonly<Record<Verdict, number>> = {
  denied: VERDICTS.indexOf('denied'),
  unknown: VERDICTS.indexOf('unknown'),
  granted: VERDICTS.indexOf('granted'),
};

/** Takes rows in. */
export class Tally {
  readonly #targets: ResourceName[] = [];
  readonly #kinds: RunKind[] = [];
  /** Outside of what is collected as garbage: there are millions of them. */
  #rows = new Int32Array(ROW * FEW);
  #length = 0;
  readonly #deployers: string[] = [];
  /** By who's id. */
  readonly #numbers = new Map<number, number>();
  readonly #projects = new Set<string>();
  readonly #requirements = new Map<string, { effect: Effect; denied: number; unknown: number }>();
  readonly #needs = new Map<string, Need>();
  /** Points and steps that many rows share, by what is not granted in them. */
  readonly #points: AuditPoint[] = [];
  readonly #pointNumbers = new Map<string, number>();
  readonly #steps = new Map<string, readonly Step[]>();
  readonly #unknown = new Map<string, number>();
  readonly #unnamed = new Map<string, number>();
  readonly #unresolvable = new Set<string>();
  #leftOut = 0;

  /** Begins a resource. @param leftOut how many of its deployers are not asked for. @returns its number */
  target({ resource, kind, project }: InventoryRun, unnamed: readonly string[], leftOut: number): number {
    this.#targets.push(resource);
    this.#kinds.push(kind);
    this.#projects.add(project);
    for (const member of unnamed) this.#unnamed.set(member, (this.#unnamed.get(member) ?? 0) + 1);
    this.#leftOut += leftOut;
    return this.#targets.length - 1;
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

  granted(target: number, who: Who): void {
    this.#row(target, this.#deployer(who), CODES.granted, NO_POINT, 0, 0);
  }

  judged(target: number, who: Who, plan: DeployPlan, judgement: Judgement): void {
    const open = judgement.requirements.filter(({ verdict }) => verdict !== 'granted');
    if (open.length === 0) {
      this.granted(target, who);
      return;
    }
    const denied = open.filter(({ verdict }) => verdict === 'denied');
    for (const requirement of open) this.#count(requirement);
    const stops = judgement.refusal ?? judgement.failure ?? denied[0] ?? open[0];
    const point = stops === undefined ? NO_POINT : this.#point(stops);
    const unknown = open.length - denied.length;
    this.#row(target, this.#deployer(who), CODES[judgement.verdict], point, denied.length, unknown);
    this.#countWhys(open);
    if (denied.length > 0) this.#need(target, plan, judgement, denied);
  }

  #row(target: number, deployer: number, code: number, point: number, denied: number, unknown: number): void {
    if (this.#length === this.#rows.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    const at = this.#length;
    this.#rows[at] = target;
    this.#rows[at + 1] = deployer;
    this.#rows[at + 2] = code;
    this.#rows[at + 3] = point;
    this.#rows[at + 4] = denied;
    this.#rows[at + 5] = unknown;
    this.#length = at + ROW;
  }

  /** All rows that came in. */
  rows(): PartRows {
    return {
      targets: this.#targets,
      deployers: this.#deployers,
      points: this.#points,
      numbers: this.#rows.slice(0, this.#length),
    };
  }

  /** All that came in, but for the rows themselves. */
  part(): AuditPart {
    return {
      totals: this.#totals(),
      deployers: this.#deployers,
      projects: [...this.#projects],
      requirements: [...this.#requirements].map(([id, counts]) => ({ id, ...counts })),
      needs: [...this.#needs.values()].map(({ requirements, resources, ...need }) => ({
        ...need,
        requirements: [...requirements],
        resources: resources.size,
        examples: [...resources].slice(0, EXAMPLES).flatMap((target) => this.#targets[target] ?? []),
      })),
      unknown: this.#unknown,
      unnamed: this.#unnamed,
      unresolvable: [...this.#unresolvable],
      leftOut: this.#leftOut,
    };
  }

  #totals(): PartTotals {
    const none = () => ({ granted: 0, denied: 0, unknown: 0 });
    const kinds = { service: none(), job: none(), workerPool: none() };
    const rows = none();
    const resources = none();
    let withoutDeployer = 0;
    const worst = new Uint8Array(this.#targets.length).fill(VERDICTS.length);
    for (let at = 0; at < this.#length; at += ROW) {
      const target = this.#rows[at] ?? 0;
      const code = this.#rows[at + 2] ?? 0;
      rows[VERDICTS[code] ?? 'granted'] += 1;
      if (code < (worst[target] ?? 0)) worst[target] = code;
    }
    this.#kinds.forEach((kind, target) => {
      const verdict = VERDICTS[worst[target] ?? 0];
      if (verdict === undefined) withoutDeployer += 1;
      else {
        resources[verdict] += 1;
        kinds[kind][verdict] += 1;
      }
    });
    return { rows, resources, withoutDeployer, kinds };
  }

  #deployer({ id, member }: Who): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    this.#deployers.push(asNamed(member));
    this.#numbers.set(id, this.#deployers.length - 1);
    return this.#deployers.length - 1;
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

  #point(judged: JudgedRequirement): number {
    const key = keyOf(judged);
    const known = this.#pointNumbers.get(key);
    if (known !== undefined) return known;
    this.#points.push(pointOf(judged));
    this.#pointNumbers.set(key, this.#points.length - 1);
    return this.#points.length - 1;
  }

  #need(target: number, plan: DeployPlan, judgement: Judgement, denied: readonly JudgedRequirement[]): void {
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
}

function keyOf(judged: JudgedRequirement): string {
  const { id, verdict, principal, permission, resource, image, message, finding } = judged;
  return [id, verdict, principal, permission, resource, image, message, finding && subjectOf(finding)].join(
    ' ',
  );
}

/** What a finding is about, which its requirement may not say. */
function subjectOf(finding: Finding): string {
  switch (finding.kind) {
    case 'api':
      return finding.project;
    case 'account':
      return finding.email;
    case 'secret':
      return finding.secret;
    case 'open':
    case 'unknown':
      return finding.why;
    default:
      return finding.image;
  }
}

/** Roles that carry nothing that deploys ask for are not looked at: there may be others. */
function inWords(evidence: Evidence): string {
  const words = messages.en.evidence(evidence);
  return evidence.kind === 'no-binding' ? `${words} that a deploy asks for` : words;
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
    reasons: evidence.map(inWords),
    ...(message !== undefined && { message }),
  };
}
