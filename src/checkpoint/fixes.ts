/** What mends a deploy: the smallest role on the narrowest resource, each grant once. */
import { isDenial } from '../iam/index.js';
import { CLOUD_RUN_AGENT, memberOf, projectName, projectOf, type ResourceName } from '../names/index.js';
import { createAgentCommands, enableApiCommands, grantCommands } from './commands.js';
import { RUN_API } from './refusals.js';
import { serviceAgentOf } from './rule.js';
import type { ApiFix, DeployPlan, Fix, JudgedRequirement, Judgement } from './types.js';

interface Grant {
  readonly member: string;
  readonly role: string;
  readonly resource: ResourceName;
}

/**
 * Roles that hold all that a lesser one is proposed for, on the same resource or below it
 * (https://cloud.google.com/iam/docs/understanding-roles). The agent's role carries the pull and the token.
 */
const COVERS: Readonly<Record<string, readonly string[]>> = {
  'roles/run.developer': ['roles/run.viewer'],
  'roles/run.admin': ['roles/run.developer', 'roles/run.viewer'],
  'roles/run.serviceAgent': ['roles/artifactregistry.reader', 'roles/iam.serviceAccountTokenCreator'],
};

function reaches(above: ResourceName, resource: ResourceName): boolean {
  if (above === resource) return true;
  const project = projectOf(resource);
  return project !== undefined && above === projectName(project);
}

function covers(grant: Grant, other: Grant): boolean {
  if (grant.member !== other.member || !reaches(grant.resource, other.resource)) return false;
  if (grant.role === other.role) return grant.resource !== other.resource;
  return COVERS[grant.role]?.includes(other.role) === true;
}

/**
 * Only what no policy granted is mended by a grant: an account that does not exist is not, and what a deny policy
 * takes away no role gives back.
 */
function grantFor({ decision, principal, smallestRole, grantOn }: JudgedRequirement): Grant | undefined {
  if (
    decision?.verdict !== 'denied' ||
    decision.reasons.some(isDenial) ||
    !principal ||
    !smallestRole ||
    !grantOn
  )
    return undefined;
  return { member: principal, role: smallestRole, resource: grantOn };
}

function apiFixes(judgement: Judgement, project: string): ApiFix[] {
  const denied = new Set(
    judgement.requirements.filter(({ verdict }) => verdict === 'denied').map(({ id }) => id),
  );
  // Enabling the API creates the agent as well.
  if (denied.has('api-enabled')) {
    return [{ kind: 'enable-api', project, api: RUN_API, ...enableApiCommands(project, RUN_API) }];
  }
  return denied.has('agent-exists')
    ? [{ kind: 'create-agent', project, api: RUN_API, ...createAgentCommands(project, RUN_API) }]
    : [];
}

/** The grant that comes with enabling the API: it is not to be made, but covers others. */
function grantOfEnabling(plan: Pick<DeployPlan, 'target'>): Grant[] {
  const agent = serviceAgentOf(plan);
  const { role } = CLOUD_RUN_AGENT;
  if (!agent || role === undefined) return [];
  return [{ member: memberOf(agent), role, resource: projectName(plan.target.project) }];
}

function distinct(grants: readonly Grant[]): Grant[] {
  return [
    ...new Map(grants.map((grant) => [`${grant.member} ${grant.role} ${grant.resource}`, grant])).values(),
  ];
}

/**
 * The grants (and the enabling of the API) after which the deploy goes through, in the order to make them.
 * Nothing is proposed for what is unknown, nor a service agent's role for anybody but the agent itself.
 */
export function fixes(judgement: Judgement, plan: Pick<DeployPlan, 'apiVersion' | 'target'>): Fix[] {
  const { project } = plan.target;
  const preparations = apiFixes(judgement, project);
  const enabling = preparations.some(({ kind }) => kind === 'enable-api');
  const wanted = distinct([
    ...(enabling ? grantOfEnabling(plan) : []),
    ...judgement.requirements.flatMap((requirement) => {
      const grant = requirement.verdict === 'denied' ? grantFor(requirement) : undefined;
      return grant ? [grant] : [];
    }),
  ]);
  const grants = wanted.filter((grant) => !wanted.some((other) => covers(other, grant)));
  const remaining = enabling ? grants.filter(({ role }) => role !== CLOUD_RUN_AGENT.role) : grants;
  const labels = new Set<string>();
  return [
    ...preparations,
    ...remaining.map(
      (grant): Fix => ({ kind: 'grant', ...grant, ...grantCommands(grant, plan.apiVersion, labels) }),
    ),
  ];
}
