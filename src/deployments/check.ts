/** `sekisho check` on the plane: the same plan, facts and judge as the gate, without the deploy. */
import { requireUsable } from '../access/index.js';
import {
  type CheckReport,
  type CheckRequest,
  type DeployPlan,
  fixes,
  inFields,
  judge,
  report,
  type Source,
  switchesInvokerCheck,
  upstreamsOf,
} from '../checkpoint/index.js';
import { invalidArgument, permissionDenied } from '../google/index.js';
import { defaultComputeAccount, isRegion, parsePrincipal, type RunKind } from '../names/index.js';
import type { Store } from '../store/index.js';
import { type AdmissionDependencies, gatherFacts, planOf } from './admission.js';
import {
  type Container,
  collections,
  type InstanceTemplate,
  type JobSpec,
  type ResourceKey,
  type ServiceSpec,
  type Volume,
  type WorkerPoolSpec,
  type WrittenRecord,
} from './model.js';
import { defaultContainer } from './template.js';

export type CheckInput = CheckRequest;

export interface CheckDependencies extends AdmissionDependencies {
  readonly store: Store;
  /** Says what stands behind repositories, and whose they are. */
  readonly source: Pick<Source, 'repository' | 'project'>;
}

/**
 * Judges a deploy that has not been made.
 * @throws INVALID_ARGUMENT for an unknown region, PERMISSION_DENIED for an unknown project
 */
export async function checkDeploy(
  request: CheckInput,
  deps: CheckDependencies,
  time: Date,
): Promise<CheckReport> {
  const project = await deps.access.projects.get(request.project);
  if (!project) throw permissionDenied(`Project '${request.project}' not found or permission denied.`);
  requireUsable(project, 'run.googleapis.com');
  if (!isRegion(request.region)) throw invalidArgument(`Region '${request.region}' does not exist.`);
  const deployer = parsePrincipal(request.as);
  if (!deployer) throw invalidArgument(`'${request.as}' is neither a user nor a service account.`);
  if (request.images.length === 0) throw invalidArgument('An image is needed: --image.');
  const key = { project: project.projectId, location: request.region, name: request.name };
  const existing = await existingAccount(request.kind, key, deps.store);
  const kept = request.replaces === true ? undefined : existing?.serviceAccount;
  const serviceAccount = request.serviceAccount ?? kept ?? defaultComputeAccount(project.number);
  const runtime = await deps.accounts.get(serviceAccount);
  const planned = planOf(
    key,
    { serviceAccount, ...wanted(request) },
    {
      kind: request.kind,
      apiVersion: request.apiVersion,
      projectNumber: project.number,
      deployer,
      exists: existing !== undefined,
      templateChanged: true,
      publicAccess: request.allowUnauthenticated === true,
      switchesInvokerCheck: switchesInvokerCheck(request, existing),
      ...(runtime === undefined ? {} : { runtimeProject: runtime.project }),
    },
  );
  const plan: DeployPlan = {
    ...planned,
    secrets: asWritten(planned.secrets, request),
    upstreams: await upstreamsOf(planned.images, deps.source),
    ...(request.open === undefined ? {} : { open: request.open }),
  };
  const { facts } = await gatherFacts(plan, deps, time, true);
  const judgement = judge(plan, facts, { imageReadCheck: deps.imageReadCheck });
  return report(plan, judgement, fixes(judgement, plan));
}

/** Secrets with the fields that a file says, where the request was read from one. */
function asWritten(uses: DeployPlan['secrets'], request: CheckRequest): DeployPlan['secrets'] {
  const fields = inFields(request).map(({ field }) => field);
  return uses.map((use, index) => ({ ...use, field: fields[index] ?? use.field }));
}

interface Existing {
  readonly serviceAccount: string;
  readonly invokerIamDisabled?: boolean;
}

/** What a resource has now that a deploy keeps or changes; undefined when there is no such resource. */
async function existingAccount(kind: RunKind, key: ResourceKey, store: Store): Promise<Existing | undefined> {
  switch (kind) {
    case 'service': {
      const spec = (await store.get<WrittenRecord<ServiceSpec>>(collections.services.at(key)))?.value.spec;
      return spec && { ...spec.template, invokerIamDisabled: spec.invokerIamDisabled };
    }
    case 'job':
      return (await store.get<WrittenRecord<JobSpec>>(collections.jobs.at(key)))?.value.spec.template.task;
    case 'workerPool':
      return (await store.get<WrittenRecord<WorkerPoolSpec>>(collections.workerPools.at(key)))?.value.spec
        .template;
  }
}

/** The containers and volumes that are asked about; which container has a secret makes no difference. */
function wanted({
  name,
  images,
  secrets = [],
}: CheckRequest): Pick<InstanceTemplate, 'containers' | 'volumes'> {
  const env: Container['env'] = secrets.flatMap((secret) =>
    'env' in secret ? [{ name: secret.env, secret: { name: secret.name, version: secret.version } }] : [],
  );
  const volumes = secrets.flatMap((secret): Volume[] =>
    'mount' in secret
      ? [
          {
            kind: 'secret',
            name: secret.mount,
            secret: secret.name,
            items: [{ path: secret.name, version: secret.version }],
          },
        ]
      : [],
  );
  const containers = images.map((image, index) => ({
    ...defaultContainer(`${name}-${index + 1}`, image),
    ...(index === 0 ? { env } : {}),
  }));
  return { containers, volumes };
}
