/** What goes wrong with a plan although everything is granted in the end, or because nobody can know yet. */
import type { Fault, JudgedDeploy, Source } from '../../checkpoint/index.js';
import { deploysOf, type PlannedDeploy } from './deploys.js';
import { agentFaults } from './faults/agent-before-api.js';
import { authoritativeFaults } from './faults/authoritative.js';
import { type FaultContext, judgedOn } from './faults/context.js';
import { noEdgeFaults } from './faults/no-edge.js';
import { notKnownFaults } from './faults/not-known.js';
import { DependencyGraph } from './graph.js';
import type { TerraformPlan } from './plan.js';
import { plannedSource } from './planned-source.js';
import { plannedState } from './planned-state.js';
import { remembering } from './remembering.js';

export interface FaultsOptions {
  /** Who applies the plan, as a member. */
  readonly as: string;
  /** Conditions are evaluated at this time; now when left out. */
  readonly time?: Date;
}

/**
 * The faults of a plan, deploys' first.
 * @param base what is there before the plan is applied
 */
export async function faultsOf(
  plan: TerraformPlan,
  base: Source,
  { as, time = new Date() }: FaultsOptions,
): Promise<readonly Fault[]> {
  const below = remembering(base);
  const planned = remembering(plannedSource(below, plan, { as }));
  const judged = new Map<PlannedDeploy, Promise<JudgedDeploy | undefined>>();
  const context: FaultContext = {
    plan,
    graph: new DependencyGraph(plan.document, plan.resolver.files),
    state: plannedState(plan),
    base: below,
    planned,
    whole(deploy) {
      const judging = judged.get(deploy) ?? judgedOn(planned, deploy, { time });
      judged.set(deploy, judging);
      return judging;
    },
    deploys: deploysOf(plan, { as }),
    as,
    time,
  };
  const faults = await Promise.all([
    noEdgeFaults(context),
    notKnownFaults(context),
    agentFaults(context),
    authoritativeFaults(context),
  ]);
  return faults.flat();
}
