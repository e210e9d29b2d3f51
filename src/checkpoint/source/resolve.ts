/** From what the user wrote to the deploy that Google would make of it: numbers, default accounts, repositories. */
import {
  defaultComputeAccount,
  type ImageParse,
  isRegion,
  type Principal,
  parseImage,
  parsePrincipal,
  projectOfServiceAccount,
  type ResourceName,
  runResourceName,
  secretName,
} from '../../names/index.js';
import type { Inventory } from '../audit/inventory.js';
import type { CheckRequest, RequestedSecret } from '../check-request.js';
import { isUnknown, thereIs } from '../rule.js';
import { computeAccountToCome } from '../stand-ins.js';
import { secretVariableField, secretVolumeField } from '../template-fields.js';
import type { DeployPlan, SecretUse, UpstreamUse } from '../types.js';
import type { Absent, AccountFacts, Known, ProjectFacts, RunResourceFacts, Source } from './types.js';
import { upstreamsIn, upstreamsOf } from './upstreams.js';

/** A deploy that cannot be judged at all, because what it names is not there; the command's status is 64. */
export class UnresolvableDeploy extends Error {
  override readonly name = 'UnresolvableDeploy';
}

/**
 * @throws UnresolvableDeploy for an unknown region, project or kind of principal
 */
export async function resolveDeploy(request: CheckRequest, source: Source): Promise<DeployPlan> {
  const begun = begin(request);
  const project = foundProject(request.project, await source.project(request.project), source.name);
  const existing = await source.runResource(resourceOf(request, project));
  const account = accountOf(request, project, existing);
  const home = homeOf(account, project, await source.account(account));
  const upstreams = await upstreamsOf(begun.images, source);
  return planOf(request, { ...begun, project, existing, account, home, upstreams });
}

/** What answers at once. */
export type DeployFacts = Pick<Inventory, 'name' | 'project' | 'runResource' | 'account' | 'repository'>;

/**
 * The same of facts that are there.
 * @throws UnresolvableDeploy as resolveDeploy()
 */
export function resolveDeployAtOnce(request: CheckRequest, facts: DeployFacts): DeployPlan {
  const begun = begin(request);
  const project = foundProject(request.project, facts.project(request.project), facts.name);
  const existing = facts.runResource(resourceOf(request, project));
  const account = accountOf(request, project, existing);
  const home = homeOf(account, project, facts.account(account));
  const upstreams = upstreamsIn(begun.images, facts);
  return planOf(request, { ...begun, project, existing, account, home, upstreams });
}

/** What the request itself says. */
interface Begun {
  readonly deployer: Principal;
  readonly images: readonly ImageParse[];
}

function begin({ region, as, images }: CheckRequest): Begun {
  if (!isRegion(region)) throw new UnresolvableDeploy(`Region '${region}' does not exist.`);
  const deployer = parsePrincipal(as);
  if (!deployer) throw new UnresolvableDeploy(`'${as}' is neither a user nor a service account.`);
  return { deployer, images: images.map((image): ImageParse => parseImage(image)) };
}

interface Resolved extends Begun {
  readonly project: DeployProject;
  readonly existing: Known<RunResourceFacts | Absent>;
  readonly account: string;
  /** The project that the account lies in. */
  readonly home: string;
  readonly upstreams: readonly UpstreamUse[];
}

function planOf(request: CheckRequest, resolved: Resolved): DeployPlan {
  const { kind, name, region, apiVersion } = request;
  const { deployer, images, project, existing, account, home, upstreams } = resolved;
  return {
    apiVersion,
    target: {
      kind,
      name,
      project: project.projectId,
      ...(project.number === undefined ? {} : { projectNumber: project.number }),
      location: region,
    },
    // What may be there is asked for as if it were: its policy, too, is then not known rather than empty.
    exists: existing !== 'absent',
    templateChanged: true,
    deployer,
    runtimeIdentity: { email: account, project: home },
    images,
    upstreams,
    secrets: secretsOf(request, project.projectId),
    publicAccess: request.allowUnauthenticated === true,
    switchesInvokerCheck: switchesInvokerCheck(request, thereIs(existing)),
    open: [...(request.open ?? []), ...(isUnknown(existing) ? [{ field: 'name', why: existing.why }] : [])],
  };
}

type DeployProject = Pick<ProjectFacts, 'projectId' | 'number'>;

/** A project that may not be looked at is taken by the name it was given: its policies will be unknown as well. */
function foundProject(id: string, project: Known<ProjectFacts | Absent>, source: string): DeployProject {
  if (isUnknown(project)) return { projectId: id };
  if (project === 'absent' || !project.active) {
    throw new UnresolvableDeploy(`Project '${id}' not found in ${source}.`);
  }
  return project;
}

const resourceOf = ({ kind, region, name }: CheckRequest, { projectId }: DeployProject): ResourceName =>
  runResourceName(kind, projectId, region, name);

function accountOf(
  { serviceAccount, replaces }: CheckRequest,
  { projectId, number }: DeployProject,
  existing: Known<RunResourceFacts | Absent>,
): string {
  const named = serviceAccount ?? (replaces === true ? undefined : thereIs(existing)?.serviceAccount);
  if (named !== undefined) return named;
  return number === undefined ? computeAccountToCome(projectId) : defaultComputeAccount(number);
}

function homeOf(email: string, { projectId }: DeployProject, account: Known<AccountFacts | Absent>): string {
  if (!isUnknown(account) && account !== 'absent') return account.project;
  return projectOfServiceAccount(email) ?? projectId;
}

/**
 * Whether the deploy turns the check of invokers off or on.
 * @param existing the service as it is; a new one has the check, and so is taken to have what cannot be looked at
 */
export function switchesInvokerCheck(
  { invokerIamDisabled }: CheckRequest,
  existing: Pick<RunResourceFacts, 'invokerIamDisabled'> | undefined,
): boolean {
  return invokerIamDisabled !== undefined && invokerIamDisabled !== (existing?.invokerIamDisabled ?? false);
}

/**
 * Secrets in the order in which Cloud Run reads them, variables and then volumes, each with the field that names it:
 * the one in the file, or the next one of the first container, or of the instance's volumes.
 */
export function inFields({
  kind,
  secrets = [],
}: Pick<CheckRequest, 'kind' | 'secrets'>): readonly (RequestedSecret & { readonly field: string })[] {
  const variables = secrets.filter((secret) => 'env' in secret);
  const volumes = secrets.filter((secret) => 'mount' in secret);
  return [
    ...variables.map((secret, index) => ({ field: secretVariableField(kind, 0, index), ...secret })),
    ...volumes.map((secret, index) => ({ field: secretVolumeField(kind, index), ...secret })),
  ];
}

function secretsOf(request: CheckRequest, project: string): readonly SecretUse[] {
  if ((request.secrets ?? []).length === 0) return [];
  return inFields(request).map((secret) => secretUse(secret, project));
}

/** Named as gcloud and the APIs do: by its id, or by `projects/P/secrets/ID`. */
function secretUse(
  { name, version, field }: RequestedSecret & { readonly field: string },
  project: string,
): SecretUse {
  const [, theirs, id] = /^projects\/([^/]+)\/secrets\/([^/]+)$/.exec(name) ?? [];
  return { resource: secretName(theirs ?? project, id ?? name), field, version };
}
