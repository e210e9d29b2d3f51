/**
 * Deploys in projects that the plan creates, of images elsewhere: the service agent has no address before the project
 * has a number, and yet it needs a grant
 * (https://github.com/terraform-google-modules/terraform-docs-samples/issues/606).
 */
import type { Fault, JudgedRequirement } from '../../../checkpoint/index.js';
import { splitResource } from '../../../names/index.js';
import type { PlannedDeploy } from '../deploys.js';
import type { ResourceChange } from '../document.js';
import { isWritten } from '../plan.js';
import { terraformReferences } from '../references.js';
import { type FaultContext, fault, ofEachDeploy } from './context.js';
import { block, label, quoted } from './mend.js';

export async function notKnownFaults(context: FaultContext): Promise<Fault[]> {
  return ofEachDeploy(context.deploys, (deploy) => faultsOfDeploy(deploy, context));
}

async function faultsOfDeploy(deploy: PlannedDeploy, context: FaultContext): Promise<Fault[]> {
  const project = context.state.projects.get(deploy.request.project);
  if (project === undefined || project === 'deleted') return [];
  const judged = await context.whole(deploy);
  const pulls = (judged?.judgement.requirements ?? []).filter(
    ({ id, verdict }) => id === 'agent-pulls-image' && verdict === 'unknown',
  );
  const repositories = new Map(pulls.map((pull) => [pull.resource, pull]));
  return [...repositories.values()].map((pull) => faultOf(deploy, pull, project.address, context));
}

function faultOf(
  { change, request }: PlannedDeploy,
  { permission, resource = '//', image }: JudgedRequirement,
  project: string,
  context: FaultContext,
): Fault {
  return fault(context, change, {
    id: 'not-known-until-apply',
    severity: 'warning',
    message: `the Cloud Run service agent of project ${request.project}, whose number is known only after apply, needs ${permission} on ${splitResource(resource).path} to pull ${image}: grant it in the same plan`,
    mend: grant(change, resource, project, context),
  });
}

function grant(
  change: ResourceChange,
  resource: `//${string}`,
  project: string,
  { plan }: FaultContext,
): string {
  const [, theirs = '', , location = '', , repository = ''] = splitResource(resource).path.split('/');
  const known = terraformReferences(plan).get(resource);
  const attributes =
    known && known.module === change.module
      ? known.attributes
      : { project: quoted(theirs), location: quoted(location), repository: quoted(repository) };
  const name = label('agent_reads', repository);
  const type = 'google_artifact_registry_repository_iam_member';
  const enables = plan.document.changes.find(
    (each) =>
      each.type === 'google_project_service' &&
      isWritten(each) &&
      each.module === change.module &&
      plan.resolver.text(each, ['service']) === 'run.googleapis.com',
  );
  return [
    block(type, name, {
      ...attributes,
      role: quoted('roles/artifactregistry.reader'),
      member: `"serviceAccount:service-\${${project}.number}@serverless-robot-prod.iam.gserviceaccount.com"`,
      ...(enables && { depends_on: `[google_project_service.${enables.name}]` }),
    }),
    `resource "${change.type}" "${change.name}" {\n  # …\n  depends_on = [${type}.${name}]\n}`,
  ].join('\n\n');
}
