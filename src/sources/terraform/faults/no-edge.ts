/**
 * Deploys that the plan makes possible, but not in time: what they need is created in the same plan, and nothing tells
 * Terraform to wait for it. The first apply fails and the second one succeeds
 * (https://github.com/hashicorp/terraform-provider-google/issues/16350).
 */
import type { Fault, JudgedRequirement } from '../../../checkpoint/index.js';
import type { PlannedDeploy } from '../deploys.js';
import type { ResourceChange } from '../document.js';
import { nodeOf, type Upstream } from '../graph.js';
import { Candidates } from './candidates.js';
import { before, counterpart, type FaultContext, fault, judgedWith, ofEachDeploy } from './context.js';
import { dependsOn } from './mend.js';

export async function noEdgeFaults(context: FaultContext): Promise<Fault[]> {
  const candidates = new Candidates(context.plan);
  return ofEachDeploy(context.deploys, (deploy) => faultsOfDeploy(deploy, candidates, context));
}

async function faultsOfDeploy(
  deploy: PlannedDeploy,
  candidates: Candidates,
  context: FaultContext,
): Promise<Fault[]> {
  const { change } = deploy;
  const upstream = context.graph.upstreamOf(nodeOf(change));
  const [whole, early] = await Promise.all([
    context.whole(deploy),
    judgedWith(deploy, before(change, upstream), context),
  ]);
  if (!whole) return [];
  const late = whole.judgement.requirements.filter((requirement) => {
    if (requirement.verdict !== 'granted') return false;
    const then = early && counterpart(requirement, early.judgement.requirements);
    return then?.verdict !== 'granted';
  });
  if (late.length === 0) return [];
  const causes = await causesOf(deploy, late, upstream, candidates, context);
  return [faultOf(change, [...groupedByCauses(causes).values()], upstream, context)];
}

interface Late {
  readonly requirements: JudgedRequirement[];
  readonly changes: readonly ResourceChange[];
}

/** What waits for the same resources is said together. */
function groupedByCauses(
  causes: ReadonlyMap<JudgedRequirement, readonly ResourceChange[]>,
): Map<string, Late> {
  const groups = new Map<string, Late>();
  for (const [requirement, changes] of causes) {
    const key = changes.map(({ address }) => address).join(' ');
    const known = groups.get(key);
    if (known) known.requirements.push(requirement);
    else groups.set(key, { requirements: [requirement], changes });
  }
  return groups;
}

/** For each requirement the changes any of which would satisfy it, or else all that may be needed together. */
async function causesOf(
  deploy: PlannedDeploy,
  late: readonly JudgedRequirement[],
  upstream: Upstream,
  candidates: Candidates,
  context: FaultContext,
): Promise<ReadonlyMap<JudgedRequirement, readonly ResourceChange[]>> {
  const already = before(deploy.change, upstream);
  const concerning = new Map(
    late.map((each) => [each, candidates.of(each, deploy.request).filter((change) => !already(change))]),
  );
  const alone = new Map<JudgedRequirement, ResourceChange[]>(late.map((each) => [each, []]));
  for (const candidate of new Set([...concerning.values()].flat())) {
    const withIt = before(candidate, context.graph.upstreamOf(nodeOf(candidate)));
    const judged = await judgedWith(deploy, (change) => already(change) || withIt(change), context);
    for (const [each, changes] of concerning) {
      if (!changes.includes(candidate)) continue;
      const then = judged && counterpart(each, judged.judgement.requirements);
      if (then?.verdict === 'granted') alone.get(each)?.push(candidate);
    }
  }
  return new Map(
    [...alone].map(([requirement, changes]) => {
      const least = changes.filter(
        (change) => !changes.some((other) => other !== change && leads(change, other, context)),
      );
      return [requirement, least.length > 0 ? least : (concerning.get(requirement) ?? [])];
    }),
  );
}

/** True when waiting for the one is waiting for the other as well: then the other is what is really needed. */
function leads(change: ResourceChange, other: ResourceChange, { graph }: FaultContext): boolean {
  return graph.upstreamOf(nodeOf(change)).nodes.has(nodeOf(other));
}

function faultOf(
  change: ResourceChange,
  late: readonly Late[],
  { locals }: Upstream,
  context: FaultContext,
): Fault {
  const causes = [...new Set(late.flatMap(({ changes }) => changes))];
  const needs = late.map(
    ({ requirements, changes }) =>
      `${changes.map(({ address }) => address).join(', ')}: ${requirements.map(spellNeed).join(', ')}`,
  );
  const unseen =
    locals.size === 0
      ? ''
      : ` (${[...locals].join(', ')} may lead there: a plan does not say what is in local values; name the directory of its .tf files)`;
  const fails = late.some(({ requirements }) => requirements.some(({ effect }) => effect !== 'warns'));
  return fault(context, change, {
    id: 'no-edge',
    severity: fails && locals.size === 0 ? 'error' : 'warning',
    message: `nothing makes ${change.address} wait for what the same plan makes and it needs, so the first apply may fail: ${needs.join('; ')}${unseen}`,
    mend: dependsOn(change, causes),
  });
}

const FACTS: Readonly<Record<string, string>> = {
  'api-enabled': 'the Cloud Run API must be enabled',
  'agent-exists': 'the service agent must exist',
  'secret-exists': "the secret's version must exist",
};

function spellNeed({ id, principal, permission, resource }: JudgedRequirement): string {
  if (permission === undefined || resource === undefined) return FACTS[id] ?? id;
  return `${principal ?? "the project's service agent"} needs ${permission} on ${resource.slice(2)}`;
}
