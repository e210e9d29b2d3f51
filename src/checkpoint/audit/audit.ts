/** Judges the next deploy of every Cloud Run resource, by everybody who deploys it. */
import type { Principal } from '../../names/index.js';
import type { CheckRequest } from '../check-request.js';
import { answerTo, demandsOf, judge } from '../judge.js';
import { type Demand, isUnknown } from '../rule.js';
import { resolveDeployAtOnce, UnresolvableDeploy } from '../source/resolve.js';
import type { DeployPlan, Facts, Judgement } from '../types.js';
import { Alike } from './alike.js';
import { EstateDecisions, type Ground, type Who } from './decisions.js';
import { DeployerFinder } from './deployers.js';
import { estateFacts } from './facts.js';
import type { Inventory, InventoryRun } from './inventory.js';
import type { AuditPart, PartRows } from './part.js';
import { SETTINGS } from './permissions.js';
import { type AuditSummary, reportOf, summaryOf } from './report.js';
import { Tally } from './tally.js';
import type { AuditReport } from './types.js';

export interface AuditOptions {
  /** When the deploys are to be made, for conditions on the time. */
  readonly time: Date;
  /** Ask for these alone, whether they deploy anything or not; everybody who deploys when left out. */
  readonly deployers?: readonly Principal[];
  /** How many deployers of one resource are asked for; 50 when left out. */
  readonly limit?: number;
  /** Whether images are looked for; `assumed` when left out: the next deploy pushes its own. */
  readonly images?: 'assumed' | 'known';
  /** `linux/amd64` when left out. */
  readonly platform?: string;
  /** What the user said to take for granted, for the report. */
  readonly assumed?: readonly string[];
  /** What was found out while the inventory was read, for the report. */
  readonly notes?: readonly string[];
  /** What may be missing among the resources, and why: then not everything is granted. For the report, too. */
  readonly unlisted?: readonly string[];
  /** Told how many of the resources are done, now and then. */
  readonly onProgress?: (done: number, of: number) => void;
}

const LIMIT = 50;

interface OfDeployer {
  /** The requirement's id. */
  readonly id: string;
  readonly permission: string;
  readonly ground: Ground;
}

/** What the next deploys of resources that are alike ask for, but for who makes them. */
interface NextDeploy {
  /** What it demands of whoever makes it. */
  readonly ofDeployer: readonly OfDeployer[];
  /** All that it demands of others, and of the world, is granted. */
  readonly restGranted: boolean;
  /** By who makes it: whether they are granted all of it. */
  readonly granted: Map<number, boolean>;
  /** By who makes it: what was judged of one of the resources, and is true of any of them. */
  readonly judged: Map<number, { readonly plan: DeployPlan; readonly judgement: Judgement }>;
}

/**
 * Audits an estate.
 * @returns a row for each resource and deployer, with exactly the verdict that checkDeployOn() comes to
 */
export async function audit(inventory: Inventory, options: AuditOptions): Promise<AuditReport> {
  const { part, rows } = auditPart(inventory, options);
  return reportOf(auditSummary([part], inventory.name, options), [rows]);
}

/**
 * Audits resources that the inventory knows while they come, which may be a part of an estate's.
 * @param runs those of one project one after the other; all that the inventory lists when left out
 * @returns what auditSummary() and reportOf() put together
 */
export function auditPart(
  inventory: Inventory,
  options: AuditOptions,
  runs: Iterable<InventoryRun> = inventory.runs,
): { readonly part: AuditPart; readonly rows: PartRows } {
  return new Audit(inventory, options).run(runs);
}

/** The report of all parts but for their rows. @param source where the facts are from */
export function auditSummary(
  parts: readonly AuditPart[],
  source: string,
  options: AuditOptions,
): AuditSummary {
  const { time, images = 'assumed', assumed = [], notes = [], unlisted = [], limit = LIMIT } = options;
  return summaryOf(parts, {
    ...{ source, time, notes, unlisted, limit },
    assumed: [...assumed, ...(images === 'assumed' ? ['images'] : [])],
  });
}

class Audit {
  readonly #inventory: Inventory;
  readonly #options: AuditOptions;
  readonly #decisions: EstateDecisions;
  readonly #finder: DeployerFinder;
  readonly #facts: Facts;
  readonly #tally = new Tally();
  readonly #alike: Alike<NextDeploy>;

  constructor(inventory: Inventory, options: AuditOptions) {
    const { images = 'assumed', platform = 'linux/amd64' } = options;
    this.#inventory = inventory;
    this.#options = options;
    this.#decisions = new EstateDecisions(inventory, options.time);
    this.#finder = new DeployerFinder(this.#decisions, inventory.groups);
    this.#facts = estateFacts(inventory, this.#decisions, { images, platform });
    this.#alike = new Alike(inventory, this.#decisions, images);
  }

  run(runs: Iterable<InventoryRun>): { part: AuditPart; rows: PartRows } {
    const of = this.#inventory.runs.length;
    const { onProgress } = this.#options;
    let done = 0;
    let project = '';
    for (const run of runs) {
      if (run.project !== project) {
        this.#decisions.begin(run.project);
        this.#alike.forget();
      }
      project = run.project;
      const likeness = this.#alike.likeness(run);
      const next = this.#alike.known(likeness);
      if (next === undefined) this.#unlike(run, likeness);
      else this.#resource(run, next, undefined);
      done += 1;
      if (done % 1000 === 0) onProgress?.(done, of);
    }
    onProgress?.(done, of);
    return { part: this.#tally.part(), rows: this.#tally.rows() };
  }

  /** A resource like none before it. */
  #unlike(run: InventoryRun, likeness: string | undefined): void {
    const plan = this.#planOf(run);
    if (plan === undefined) return;
    const next = this.#nextDeploy(plan);
    this.#alike.keep(likeness, next);
    this.#resource(run, next, plan);
  }

  /** @param known the plan of its next deploy, where it has been made */
  #resource(run: InventoryRun, next: NextDeploy, known: DeployPlan | undefined): void {
    const { who, unnamed } = this.#deployersOf(next);
    const hidden = who.length + unnamed.length === 0 ? this.#hiddenFrom(next) : undefined;
    if (hidden !== undefined) {
      this.#tally.deployersUnknown(run, hidden);
      return;
    }
    const limit = this.#options.limit ?? LIMIT;
    const target = this.#tally.target(run, unnamed, Math.max(0, who.length - limit));
    const asked = who.length > limit ? who.slice(0, limit) : who;
    if (next.restGranted && asked.every((deployer) => this.#isGranted(deployer, next))) {
      for (const deployer of asked) this.#tally.granted(target, deployer);
      return;
    }
    this.#judged(run, target, asked, next, known);
  }

  #judged(
    run: InventoryRun,
    target: number,
    asked: readonly Who[],
    next: NextDeploy,
    known: DeployPlan | undefined,
  ): void {
    let plan = known;
    for (const deployer of asked) {
      const before = next.judged.get(deployer.id);
      if (before !== undefined) this.#tally.judged(target, deployer, before.plan, before.judgement);
      else if (next.restGranted && this.#isGranted(deployer, next)) this.#tally.granted(target, deployer);
      else {
        plan ??= this.#planOf(run);
        if (plan === undefined) return;
        const theirs = { ...plan, deployer: deployer.principal };
        const judgement = judge(theirs, this.#facts, SETTINGS);
        this.#tally.judged(target, deployer, theirs, judgement);
        if (isOfAny(judgement, run)) next.judged.set(deployer.id, { plan: theirs, judgement });
      }
    }
  }

  /** What can be said of the deploy whoever makes it: said once. */
  #nextDeploy(plan: DeployPlan): NextDeploy {
    const demands = demandsOf(plan, SETTINGS);
    const own = demands.filter(isOfDeployer);
    const rest = demands.every(
      (demand) => isOfDeployer(demand) || answerTo(demand, plan, this.#facts).verdict === 'granted',
    );
    return {
      ofDeployer: own.map(({ id, permission, resource }) => ({
        id,
        permission,
        ground: this.#decisions.ground(resource),
      })),
      restGranted:
        rest &&
        own.every(({ account }) => account === undefined || this.#facts.accountExists(account) === true),
      granted: new Map(),
      judged: new Map(),
    };
  }

  #planOf(run: InventoryRun): DeployPlan | undefined {
    try {
      const { name, project, account, repository, runResource } = this.#inventory;
      // What was found by its name need not be looked for by one that is put together anew.
      const existing = runResource(run.resource);
      const facts = { name, project, account, repository, runResource: () => existing };
      return resolveDeployAtOnce(requestFor(run), facts);
    } catch (error) {
      if (!(error instanceof UnresolvableDeploy)) throw error;
      this.#tally.unresolvable(run, error.message);
      return undefined;
    }
  }

  #deployersOf({ ofDeployer }: NextDeploy): { who: readonly Who[]; unnamed: readonly string[] } {
    const { deployers } = this.#options;
    if (deployers) return { who: deployers.map((each) => this.#decisions.who(each)), unnamed: [] };
    const deploys = ofDeployer.find(({ id }) => id === 'deployer-deploys');
    return deploys ? this.#finder.on(deploys.ground, deploys.permission) : { who: [], unnamed: [] };
  }

  /** Why those who deploy may be others than policies tell: one that cannot be read. */
  #hiddenFrom({ ofDeployer }: NextDeploy): string | undefined {
    const ground = ofDeployer.find(({ id }) => id === 'deployer-deploys')?.ground;
    const level = ground?.scope.levels.find(({ policy }) => policy === 'unreadable');
    if (level === undefined) return undefined;
    const policy = this.#inventory.policy(level.resource);
    return isUnknown(policy) ? policy.why : 'what the project lies in is not known';
  }

  #isGranted(who: Who, { ofDeployer, granted }: NextDeploy): boolean {
    const known = granted.get(who.id);
    if (known !== undefined) return known;
    const isGranted = ofDeployer.every(({ permission, ground }) =>
      this.#decisions.isGranted(who, permission, ground),
    );
    granted.set(who.id, isGranted);
    return isGranted;
  }
}

/** Whether nothing that is open is about the resource itself, or about its images: those of others are others. */
function isOfAny({ requirements }: Judgement, { resource, name }: InventoryRun): boolean {
  return requirements.every(
    ({ verdict, resource: on, image, message = '' }) =>
      verdict === 'granted' || (on !== resource && image === undefined && !message.includes(name)),
  );
}

type PermissionDemand = Extract<Demand, { kind: 'permission' }>;
const isOfDeployer = (demand: Demand): demand is PermissionDemand =>
  demand.kind === 'permission' && demand.actor === 'deployer';

/** Somebody, for what does not depend on who deploys. */
const SOMEBODY = 'user:somebody@example.com';

/** The deploy that makes the resource as it is once more. */
export function requestFor(run: InventoryRun, deployer: string = SOMEBODY): CheckRequest {
  return {
    kind: run.kind,
    apiVersion: 'v2',
    name: run.name,
    project: run.project,
    region: run.location,
    as: deployer,
    images: run.images,
    secrets: run.secrets,
  };
}
