/** From what the user wrote to the deploy that Google would make of it: numbers, default accounts, repositories. */
import {
  defaultComputeAccount,
  type ImageParse,
  isProjectNumber,
  isRegion,
  parseImage,
  parsePrincipal,
  projectOf,
  projectOfServiceAccount,
  type ResourceName,
  repositoryOfImage,
  runResourceName,
  secretName,
} from '../../names/index.js';
import type { CheckRequest, RequestedSecret } from '../check-request.js';
import { isUnknown } from '../rule.js';
import { computeAccountToCome } from '../stand-ins.js';
import { secretVariableField, secretVolumeField } from '../template-fields.js';
import type { DeployPlan, SecretUse, UpstreamUse } from '../types.js';
import type { ProjectFacts, RunResourceFacts, Source } from './types.js';

/** A deploy that cannot be judged at all, because what it names is not there; the command's status is 64. */
export class UnresolvableDeploy extends Error {
  override readonly name = 'UnresolvableDeploy';
}

/**
 * @throws UnresolvableDeploy for an unknown region, project or kind of principal
 */
export async function resolveDeploy(request: CheckRequest, source: Source): Promise<DeployPlan> {
  const { kind, name, region, apiVersion } = request;
  if (!isRegion(region)) throw new UnresolvableDeploy(`Region '${region}' does not exist.`);
  const deployer = parsePrincipal(request.as);
  if (!deployer) throw new UnresolvableDeploy(`'${request.as}' is neither a user nor a service account.`);
  const project = await projectFacts(request.project, source);
  const existing = await source.runResource(runResourceName(kind, project.projectId, region, name));
  const before = isUnknown(existing) || existing === 'absent' ? undefined : existing;
  const email = accountOf(request, project, before);
  const images = request.images.map((image): ImageParse => parseImage(image));
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
    runtimeIdentity: { email, project: await homeOf(email, project.projectId, source) },
    images,
    upstreams: await upstreamsOf(images, source),
    secrets: inFields(request).map((secret) => secretUse(secret, project.projectId)),
    publicAccess: request.allowUnauthenticated === true,
    switchesInvokerCheck: switchesInvokerCheck(request, before),
    open: [...(request.open ?? []), ...(isUnknown(existing) ? [{ field: 'name', why: existing.why }] : [])],
  };
}

/** A project that may not be looked at is taken by the name it was given: its policies will be unknown as well. */
async function projectFacts(id: string, source: Source): Promise<Pick<ProjectFacts, 'projectId' | 'number'>> {
  const project = await source.project(id);
  if (isUnknown(project)) return { projectId: id };
  if (project === 'absent' || !project.active) {
    throw new UnresolvableDeploy(`Project '${id}' not found in ${source.name}.`);
  }
  return project;
}

function accountOf(
  { serviceAccount, replaces }: CheckRequest,
  { projectId, number }: Pick<ProjectFacts, 'projectId' | 'number'>,
  existing: RunResourceFacts | undefined,
): string {
  const named = serviceAccount ?? (replaces === true ? undefined : existing?.serviceAccount);
  if (named !== undefined) return named;
  return number === undefined ? computeAccountToCome(projectId) : defaultComputeAccount(number);
}

async function homeOf(email: string, project: string, source: Source): Promise<string> {
  const account = await source.account(email);
  if (!isUnknown(account) && account !== 'absent') return account.project;
  return projectOfServiceAccount(email) ?? project;
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

/** Named as gcloud and the APIs do: by its id, or by `projects/P/secrets/ID`. */
function secretUse(
  { name, version, field }: RequestedSecret & { readonly field: string },
  project: string,
): SecretUse {
  const [, theirs, id] = /^projects\/([^/]+)\/secrets\/([^/]+)$/.exec(name) ?? [];
  return { resource: secretName(theirs ?? project, id ?? name), field, version };
}

/** What the Artifact Registry agents must read for images in virtual and remote repositories. */
export async function upstreamsOf(
  images: readonly ImageParse[],
  source: Pick<Source, 'repository' | 'project'>,
): Promise<UpstreamUse[]> {
  const found = await Promise.all(
    images.map(async (parse): Promise<UpstreamUse[]> => {
      if (!parse.ok || parse.image.registry !== 'artifact-registry') return [];
      const through = repositoryOfImage(parse.image);
      const repository = await source.repository(through);
      // One that cannot be looked at has no image that can be, which is said of the image.
      if (isUnknown(repository) || repository === 'absent' || repository.mode === 'standard') return [];
      const project = await source.project(parse.image.project);
      const number = isUnknown(project) || project === 'absent' ? undefined : project.number;
      const use = (kind: UpstreamUse['kind'], resource: ResourceName): UpstreamUse => ({
        image: parse.image.text,
        through,
        ...(number === undefined ? {} : { projectNumber: number }),
        kind,
        resource,
      });
      const { mode, upstreams, credentials } = repository;
      return [
        ...(await Promise.all(upstreams.map((upstream) => byId(upstream, source)))).map((resource) =>
          use(mode, resource),
        ),
        ...(credentials === undefined ? [] : [use('credentials', credentials)]),
      ];
    }),
  );
  return found.flat();
}

/** Configurations may name projects by their numbers; policies go by ids. */
async function byId(resource: ResourceName, source: Pick<Source, 'project'>): Promise<ResourceName> {
  const named = projectOf(resource) ?? '';
  if (!isProjectNumber(named)) return resource;
  const project = await source.project(named);
  if (isUnknown(project) || project === 'absent') return resource;
  const [service, rest] = resource.split(`/projects/${named}/`);
  return `${service}/projects/${project.projectId}/${rest}` as ResourceName;
}
