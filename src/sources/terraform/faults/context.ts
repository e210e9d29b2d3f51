/** What every kind of fault is looked for with. */
import {
  type CheckOptions,
  type Fault,
  type JudgedDeploy,
  type JudgedRequirement,
  judgeDeployOn,
  type Source,
  UnresolvableDeploy,
} from '../../../checkpoint/index.js';
import type { PlannedDeploy } from '../deploys.js';
import type { ResourceChange } from '../document.js';
import { type DependencyGraph, nodeOf, type Upstream } from '../graph.js';
import type { TerraformPlan } from '../plan.js';
import { plannedSource } from '../planned-source.js';
import type { PlannedState } from '../planned-state.js';

export interface FaultContext {
  readonly plan: TerraformPlan;
  readonly graph: DependencyGraph;
  /** All of the plan. */
  readonly state: PlannedState;
  /** What is there before; keeps what it has answered. */
  readonly base: Source;
  readonly planned: Source;
  /** What is to be said of a deploy once all of the plan is made. */
  readonly whole: (deploy: PlannedDeploy) => Promise<JudgedDeploy | undefined>;
  readonly deploys: readonly PlannedDeploy[];
  /** Who applies the plan, as a member. */
  readonly as: string;
  readonly time: Date;
}

/** What is to be said of a deploy when only some changes of the plan are made; undefined when the project is not even there. */
export async function judgedWith(
  deploy: PlannedDeploy,
  keep: (change: ResourceChange) => boolean,
  { plan, base, as, time }: Omit<FaultContext, 'whole'>,
): Promise<JudgedDeploy | undefined> {
  return judgedOn(plannedSource(base, plan, { as, keep }), deploy, { time });
}

/** What a source says of a deploy; undefined when the project is not even there. */
export async function judgedOn(
  source: Source,
  { request }: PlannedDeploy,
  options: CheckOptions,
): Promise<JudgedDeploy | undefined> {
  try {
    return await judgeDeployOn(request, source, options);
  } catch (problem) {
    if (problem instanceof UnresolvableDeploy) return undefined;
    throw problem;
  }
}

/** The same requirement in another judgement. */
export function counterpart(
  { id, permission, resource, image }: JudgedRequirement,
  requirements: readonly JudgedRequirement[],
): JudgedRequirement | undefined {
  return requirements.find(
    (each) =>
      each.id === id && each.permission === permission && each.resource === resource && each.image === image,
  );
}

/** True for changes that are certainly made before this one, and for it itself. */
export function before(change: ResourceChange, upstream: Upstream): (other: ResourceChange) => boolean {
  return (other) => upstream.nodes.has(nodeOf(other)) || other === change;
}

export function fault(
  context: Pick<FaultContext, 'plan'>,
  change: ResourceChange,
  rest: Omit<Fault, 'address' | 'place'>,
): Fault {
  const place = context.plan.place(change);
  return { ...rest, address: change.address, ...(place && { place }) };
}

/** So many deploys are judged at the same time: enough for a source far away, and few enough to keep little in memory. */
const AT_ONCE = 32;

/** What comes of each deploy, in their order. */
export async function ofEachDeploy<T>(
  deploys: readonly PlannedDeploy[],
  work: (deploy: PlannedDeploy) => Promise<readonly T[]>,
): Promise<T[]> {
  const found: (readonly T[])[] = [];
  const waiting = deploys.entries();
  const worker = async () => {
    for (const [place, deploy] of waiting) found[place] = await work(deploy);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found.flat();
}
