/** `sekisho check` on the plane: the same plan, facts and judge as the gate, without the deploy. */
import { requireUsable } from '../access/index.js';
import { type CheckReport, type CheckRequest, fixes, judge, report } from '../checkpoint/index.js';
import { invalidArgument, permissionDenied, unimplemented } from '../google/index.js';
import { defaultComputeAccount, isRegion, parsePrincipal } from '../names/index.js';
import type { Store } from '../store/index.js';
import { type AdmissionDependencies, gatherFacts, planOf } from './admission.js';
import { keys, type ServiceRecord } from './model.js';
import { defaultTemplate, ingressContainer } from './template.js';

export type CheckInput = CheckRequest;

/**
 * Judges a deploy that has not been made.
 * @throws INVALID_ARGUMENT for an unknown region, PERMISSION_DENIED for an unknown project
 */
export async function checkDeploy(
  request: CheckInput,
  deps: AdmissionDependencies & { readonly store: Store },
  time: Date,
): Promise<CheckReport> {
  if (request.kind !== 'service')
    throw unimplemented(`Deploys of a ${request.kind} are not checked on a plane yet: only services are.`);
  const project = await deps.access.projects.get(request.project);
  if (!project) throw permissionDenied(`Project '${request.project}' not found or permission denied.`);
  requireUsable(project, 'run.googleapis.com');
  if (!isRegion(request.region)) throw invalidArgument(`Region '${request.region}' does not exist.`);
  const deployer = parsePrincipal(request.as);
  if (!deployer) throw invalidArgument(`'${request.as}' is neither a user nor a service account.`);
  const [image, ...sidecars] = request.images;
  if (image === undefined) throw invalidArgument('An image is needed: --image.');
  const key = { project: project.projectId, location: request.region, name: request.name };
  const existing = await deps.store.get<ServiceRecord>(keys.service(key));
  const current = existing?.value.spec.template;
  const base = defaultTemplate(
    request.name,
    image,
    current?.serviceAccount ?? defaultComputeAccount(project.number),
  );
  const template = {
    ...base,
    serviceAccount: request.serviceAccount ?? base.serviceAccount,
    containers: [
      {
        ...ingressContainer(base),
        env: (request.secrets ?? []).map((secret) => ({
          name: secret.env,
          secret: { name: secret.name, version: secret.version },
        })),
      },
    ],
  };
  const runtime = await deps.accounts.get(template.serviceAccount);
  const plan = planOf(key, template, {
    kind: 'service',
    apiVersion: 'v1',
    projectNumber: project.number,
    deployer,
    exists: existing !== undefined,
    templateChanged: true,
    publicAccess: request.allowUnauthenticated === true,
    ...(runtime === undefined ? {} : { runtimeProject: runtime.project }),
  });
  if (sidecars.length > 0)
    throw invalidArgument('Only one container per service is supported yet: give one --image.');
  const { facts } = await gatherFacts(plan, deps, time, true);
  const judgement = judge(plan, facts, { imageReadCheck: deps.imageReadCheck });
  return report(plan, judgement, fixes(judgement, plan));
}
