/**
 * Deploys that the plan makes possible, but not in time: what they need is created in the same plan, and nothing tells
 * Terraform to wait for it. The first apply fails and the second one succeeds
 * (https://github.com/hashicorp/terraform-provider-google/issues/16350).
 */
import type { Fault, ReportedRequirement } from '../../../checkpoint/index.js';
import { predefinedRoles } from '../../../iam/index.js';
import { projectName, projectOf, type ResourceName } from '../../../names/index.js';
import type { PlannedDeploy } from '../deploys.js';
import type { ResourceChange } from '../document.js';
import { nodeOf, type Upstream } from '../graph.js';
import type { IamEdit } from '../iam-edits.js';
import { isWritten } from '../plan.js';
import { runTypeOf } from '../run-templates.js';
import { iamTarget, iamType, readAfter } from '../targets.js';
import { before, checkedWith, counterpart, type FaultContext, fault } from './context.js';
import { dependsOn } from './mend.js';

/** Resources that may be what a deploy waits for, beside IAM's. */
const PREPARATIONS: ReadonlySet<string> = new Set([
  'google_project',
  'google_project_service',
  'google_project_service_identity',
  'google_service_account',
  'google_artifact_registry_repository',
  'google_secret_manager_secret',
  'google_secret_manager_secret_version',
  'google_project_iam_custom_role',
  'google_organization_iam_custom_role',
  'google_cloud_identity_group_membership',
]);

export async function noEdgeFaults(context: FaultContext): Promise<Fault[]> {
  const faults = await Promise.all(context.deploys.map((deploy) => faultsOfDeploy(deploy, context)));
  return faults.flat();
}

async function faultsOfDeploy(deploy: PlannedDeploy, context: FaultContext): Promise<Fault[]> {
  const { change } = deploy;
  const upstream = context.graph.upstreamOf(nodeOf(change));
  const [whole, early] = await Promise.all([
    checkedWith(deploy, () => true, context),
    checkedWith(deploy, before(change, upstream), context),
  ]);
  if (!whole) return [];
  const late = whole.report.requirements.filter((requirement) => {
    if (requirement.verdict !== 'granted') return false;
    const then = early && counterpart(requirement, early.report.requirements);
    return then?.verdict !== 'granted';
  });
  if (late.length === 0) return [];
  const causes = await causesOf(deploy, late, upstream, context);
  return [faultOf(change, [...groupedByCauses(causes).values()], upstream, context)];
}

interface Late {
  readonly requirements: ReportedRequirement[];
  readonly changes: readonly ResourceChange[];
}

/** What waits for the same resources is said together. */
function groupedByCauses(
  causes: ReadonlyMap<ReportedRequirement, readonly ResourceChange[]>,
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
  late: readonly ReportedRequirement[],
  upstream: Upstream,
  context: FaultContext,
): Promise<ReadonlyMap<ReportedRequirement, readonly ResourceChange[]>> {
  const already = before(deploy.change, upstream);
  const candidates = context.plan.document.changes.filter(
    (change) => isWritten(change) && !already(change) && !runTypeOf(change) && isPreparation(change),
  );
  const found = new Map<ReportedRequirement, readonly ResourceChange[]>();
  const alone = new Map<ReportedRequirement, ResourceChange[]>(late.map((each) => [each, []]));
  for (const candidate of candidates) {
    const concerned = late.filter((each) => concerns(candidate, each, context));
    if (concerned.length === 0) continue;
    const withIt = before(candidate, context.graph.upstreamOf(nodeOf(candidate)));
    const checked = await checkedWith(deploy, (change) => already(change) || withIt(change), context);
    for (const each of concerned) {
      const then = checked && counterpart(each, checked.report.requirements);
      if (then?.verdict === 'granted') alone.get(each)?.push(candidate);
    }
  }
  for (const [requirement, changes] of alone) {
    const least = changes.filter(
      (change) => !changes.some((other) => other !== change && leads(change, other, context)),
    );
    const together = candidates.filter((candidate) => concerns(candidate, requirement, context));
    found.set(requirement, least.length > 0 ? least : together);
  }
  return found;
}

/** True when waiting for the one is waiting for the other as well: then the other is what is really needed. */
function leads(change: ResourceChange, other: ResourceChange, { graph }: FaultContext): boolean {
  return graph.upstreamOf(nodeOf(change)).nodes.has(nodeOf(other));
}

function isPreparation(change: ResourceChange): boolean {
  return change.mode === 'managed' && (PREPARATIONS.has(change.type) || iamType(change.type) !== undefined);
}

/** What certainly has nothing to do with a requirement need not be tried: a plan may have thousands of changes. */
function concerns(change: ResourceChange, requirement: ReportedRequirement, context: FaultContext): boolean {
  const { resource, principal = '', permission } = requirement;
  const iam = iamType(change.type);
  if (!iam) return isNamed(change, `${resource ?? ''} ${principal}`, context);
  if (resource === undefined || permission === undefined) return false;
  const on = iamTarget(iam.on, readAfter(change, context.plan.resolver));
  const project = projectOf(resource);
  const above: ResourceName | undefined = project === undefined ? undefined : projectName(project);
  const reaches =
    on === undefined || on === resource || on === above || /\/(?:folders|organizations)\//.test(on);
  return (
    reaches &&
    context.state.edits.find((edit) => edit.change === change && mayGrant(edit, requirement)) !== undefined
  );
}

function mayGrant({ adds }: IamEdit, { principal, permission = '' }: ReportedRequirement): boolean {
  return adds.some(({ role, members }) => {
    const known = typeof role === 'string' ? predefinedRoles.get(role) : undefined;
    if (known && !known.permissions.has(permission)) return false;
    const person = /^(?:user|serviceAccount):/;
    return members.some(
      (member) =>
        typeof member !== 'string' || principal === undefined || member === principal || !person.test(member),
    );
  });
}

/** The attribute that names a resource in the names of what lies in it. */
const NAMED_BY: Readonly<Record<string, string>> = {
  google_service_account: 'email',
  google_artifact_registry_repository: 'repository_id',
  google_secret_manager_secret: 'secret_id',
};

/** True for everything but accounts, repositories and secrets that the requirement does not name. */
function isNamed(change: ResourceChange, text: string, { plan }: FaultContext): boolean {
  const attribute = NAMED_BY[change.type];
  const name = attribute === undefined ? undefined : plan.resolver.value(change, attribute);
  return name === undefined || text.trim() === '' || text.includes(name);
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

function spellNeed({ id, principal, permission, resource }: ReportedRequirement): string {
  if (permission === undefined || resource === undefined) return FACTS[id] ?? id;
  return `${principal ?? "the project's service agent"} needs ${permission} on ${resource.slice(2)}`;
}
