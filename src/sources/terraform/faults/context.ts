/** What every kind of fault is looked for with. */
import {
  type Checked,
  checkDeployOn,
  type Fault,
  isUnknown,
  type ReportedRequirement,
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
  readonly deploys: readonly PlannedDeploy[];
  /** Who applies the plan, as a member. */
  readonly as: string;
  readonly time: Date;
}

/** What a check says when only some changes of the plan are made; undefined when the project is not even there. */
export async function checkedWith(
  { request }: PlannedDeploy,
  keep: (change: ResourceChange) => boolean,
  { plan, base, as, time }: FaultContext,
): Promise<Checked | undefined> {
  try {
    return await checkDeployOn(request, plannedSource(base, plan, { as, keep }), { time });
  } catch (problem) {
    if (problem instanceof UnresolvableDeploy) return undefined;
    throw problem;
  }
}

/** The same requirement in another report. */
export function counterpart(
  { id, permission, resource, image }: ReportedRequirement,
  requirements: readonly ReportedRequirement[],
): ReportedRequirement | undefined {
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

/** A source that is asked each thing once, for many checks of one plan. */
export function remembering(source: Source): Source {
  const kept = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = kept.get(key) as Promise<T> | undefined;
    const answer = known ?? ask();
    if (!known) kept.set(key, answer);
    return answer;
  };
  return {
    name: source.name,
    project: (id) => once(`project ${id}`, () => source.project(id)),
    policy: (resource) => once(`policy ${resource}`, () => source.policy(resource)),
    denyPolicies: (resource) => once(`deny ${resource}`, () => source.denyPolicies(resource)),
    boundaries: (project) => once(`boundaries ${project}`, () => source.boundaries(project)),
    role: (name) => once(`role ${name}`, () => source.role(name)),
    memberships: (principal, groups) =>
      once(`groups ${JSON.stringify([principal, groups])}`, () => source.memberships(principal, groups)),
    tags: (resource) => once(`tags ${resource}`, () => source.tags(resource)),
    apiEnabled: (project, api) => once(`api ${project} ${api}`, () => source.apiEnabled(project, api)),
    account: (email) => once(`account ${email}`, () => source.account(email)),
    customers: (email) => once(`customers ${email}`, () => source.customers(email)),
    repository: (resource) => once(`repository ${resource}`, () => source.repository(resource)),
    manifest: (image, platform) =>
      once(`manifest ${platform} ${image.text}`, () => source.manifest(image, platform)),
    secret: (resource, version) =>
      once(`secret ${version} ${resource}`, () => source.secret(resource, version)),
    runResource: (resource) => once(`run ${resource}`, () => source.runResource(resource)),
  };
}

/** The number of a project that is there already. */
export async function numberOf(project: string, { base, state }: FaultContext): Promise<string | undefined> {
  if (state.projects.has(project)) return undefined;
  const found = await base.project(project);
  return isUnknown(found) || found === 'absent' ? undefined : found.number;
}
