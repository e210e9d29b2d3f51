/** What is to be done for a deploy to go through, step by step, before it is written as commands or as Terraform. */
import { isServiceAgentRole, parseCustomRoleName } from '../../iam/index.js';
import { CLOUD_RUN_AGENT, memberOf, projectName, projectOfServiceAccount } from '../../names/index.js';
import { RUN_API } from '../refusals.js';
import { serviceAgentOf } from '../rule.js';
import type { DeployPlan, Judgement, Step } from '../types.js';
import { grantsFor } from './grants.js';
import { type Grant, gives, type Need, needOf } from './needs.js';

export interface Steps {
  readonly steps: readonly Step[];
  /** What no role can be found for. */
  readonly unmet: readonly Need[];
}

export interface FixOptions {
  /** Custom roles with exactly what is missing, in place of predefined ones. */
  readonly customRole?: boolean;
}

const isDenied = ({ requirements }: Judgement, id: string): boolean =>
  requirements.some((requirement) => requirement.id === id && requirement.verdict === 'denied');

function preparations(judgement: Judgement, project: string): Step[] {
  // Enabling the API creates the agent as well.
  if (isDenied(judgement, 'api-enabled')) return [{ kind: 'enable-api', project, api: RUN_API }];
  return isDenied(judgement, 'agent-exists') ? [{ kind: 'create-agent', project, api: RUN_API }] : [];
}

/** Accounts that are users' own can be made; Google's come with their APIs. */
function accounts({ requirements }: Judgement): Step[] {
  const missing = requirements.flatMap(({ verdict, finding }) =>
    verdict === 'denied' && finding?.kind === 'account' && !finding.exists ? [finding.email] : [],
  );
  return [...new Set(missing)].flatMap((email): Step[] => {
    const project = projectOfServiceAccount(email);
    const own = project !== undefined && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(project.split('.')[0] ?? '');
    return own && !email.startsWith('service-') ? [{ kind: 'create-account', project, email }] : [];
  });
}

/** The grant that comes with enabling the API: it is not to be made, but gives what it gives. */
function grantOfEnabling(plan: Pick<DeployPlan, 'target'>): Grant[] {
  const agent = serviceAgentOf(plan);
  const { role } = CLOUD_RUN_AGENT;
  if (!agent || role === undefined) return [];
  return [{ member: memberOf(agent), role, resource: projectName(plan.target.project) }];
}

function grantStep(grant: Grant, needs: readonly Need[]): Step {
  const { member, role, resource } = grant;
  const given = needs.filter((need) => gives(grant, need));
  return {
    kind: 'grant',
    member,
    role,
    resource,
    permissions: [...new Set(given.map(({ permission }) => permission))],
    mends: [...new Set(given.map(({ requirement }) => requirement))],
  };
}

function createRoles(grants: readonly Grant[]): Step[] {
  const roles = grants.flatMap(({ role, permissions }): Step[] => {
    const project = parseCustomRoleName(role)?.parent.replace(/^projects\//, '');
    return permissions && project !== undefined ? [{ kind: 'create-role', project, role, permissions }] : [];
  });
  return [...new Map(roles.map((step) => [step.kind === 'create-role' ? step.role : '', step])).values()];
}

/** What to do for grants that give all these needs; for whoever has needs without a deploy. */
export function stepsForNeeds(
  needs: readonly Need[],
  options: FixOptions & { readonly given?: readonly Grant[] } = {},
): Steps {
  const { given = [] } = options;
  const grants = grantsFor(needs, options);
  for (const { role, member } of grants) {
    if (isServiceAgentRole(role) && !needs.some((need) => need.member === member && need.agentRole === role))
      throw new Error(`${role} is for the service agent alone, not for ${member}`);
  }
  const had = [...given, ...grants];
  return {
    steps: [...createRoles(grants), ...grants.map((grant) => grantStep(grant, needs))],
    unmet: needs.filter((need) => !had.some((grant) => gives(grant, need))),
  };
}

/** A judged deploy. */
export interface Judged {
  readonly judgement: Judgement;
  readonly plan: Pick<DeployPlan, 'target'>;
}

/**
 * All that has to be done for what is denied to several deploys together, in the order to do it. Nothing for what is
 * unknown, nor for what no grant helps.
 */
export function stepsForAll(deploys: readonly Judged[], options: FixOptions = {}): Steps {
  const first = deploys.map(({ judgement, plan }) => preparations(judgement, plan.target.project));
  const given = deploys.flatMap(({ plan }, index) =>
    first[index]?.some(({ kind }) => kind === 'enable-api') ? grantOfEnabling(plan) : [],
  );
  const needs = deploys.flatMap(({ judgement }) => judgement.requirements.flatMap(needOf));
  const { steps, unmet } = stepsForNeeds(needs, { ...options, given });
  const made = [...first.flat(), ...deploys.flatMap(({ judgement }) => accounts(judgement))];
  const once = new Map(made.map((step) => [JSON.stringify(step), step]));
  return { steps: [...once.values(), ...steps], unmet };
}

/** All that has to be done for what is denied to one deploy. */
export function stepsFor(judgement: Judgement, plan: Judged['plan'], options: FixOptions = {}): Steps {
  return stepsForAll([{ judgement, plan }], options);
}
