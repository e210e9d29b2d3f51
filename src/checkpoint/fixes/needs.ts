/** What grants can mend: who lacks which permission, and where it can be given most narrowly. */
import { isDenial, isServiceAgentRole, predefinedRoles } from '../../iam/index.js';
import { parseMember, projectName, projectOf, type ResourceName, serviceAgentOf } from '../../names/index.js';
import { isStandIn } from '../stand-ins.js';
import type { JudgedRequirement } from '../types.js';

/** A permission that somebody lacks on a resource. */
export interface Need {
  readonly member: string;
  readonly permission: string;
  /** What the permission is asked on. */
  readonly resource: ResourceName;
  /** The narrowest resource that can give it: the resource itself, or its project while it is not there yet. */
  readonly grantOn: ResourceName;
  /** The service agent's own role, where the agent is to have it back. Nobody else is ever given such a role. */
  readonly agentRole?: string;
  /** The requirement's id. */
  readonly requirement: string;
}

/** A binding that would grant it, if only its condition were met: then the condition is to be looked at. */
export function failedCondition({ decision }: JudgedRequirement) {
  return decision?.reasons.find(
    (reason) => reason.kind === 'binding' && !reason.grants && reason.condition !== undefined,
  );
}

/** A change that is on its way grants it: then one has to wait. */
export const isOnItsWay = ({ decision }: JudgedRequirement): boolean =>
  decision?.reasons.some((reason) => reason.kind === 'propagating' && reason.becomes === 'granted') === true;

const lastOf = (resource: ResourceName): string => resource.slice(resource.lastIndexOf('/') + 1);

/** What a grant mends of a judged requirement; nothing for what is unknown, or what no grant helps. */
export function needOf(judged: JudgedRequirement): Need[] {
  const { id, decision, principal, permission, resource, grantOn, smallestRole } = judged;
  if (judged.verdict !== 'denied' || decision?.verdict !== 'denied') return [];
  if (decision.reasons.some(isDenial) || failedCondition(judged) || isOnItsWay(judged)) return [];
  if (principal === undefined || permission === undefined || !resource || !grantOn) return [];
  // An address that only stands for one can be granted nothing.
  if (isStandIn(principal.slice(principal.indexOf(':') + 1)) || isStandIn(lastOf(grantOn))) return [];
  return [
    {
      member: principal,
      permission,
      resource,
      grantOn,
      requirement: id,
      ...agentRoleOf(principal, smallestRole),
    },
  ];
}

function agentRoleOf(member: string, role: string | undefined): { readonly agentRole?: string } {
  if (role === undefined || !isServiceAgentRole(role)) return {};
  const parsed = parseMember(member);
  const agent = parsed?.kind === 'serviceAccount' ? serviceAgentOf(parsed.id)?.agent : undefined;
  return agent?.role === role ? { agentRole: role } : {};
}

/** A role for a member on a resource; `permissions` where it is a custom role. */
export interface Grant {
  readonly member: string;
  readonly role: string;
  readonly resource: ResourceName;
  readonly permissions?: readonly string[];
}

/** Policies reach what is in their project. */
function reaches(above: ResourceName, resource: ResourceName): boolean {
  if (above === resource) return true;
  const project = projectOf(resource);
  return project !== undefined && above === projectName(project);
}

/** Whether the grant gives what is needed. */
export function gives(grant: Grant, { member, permission, resource, grantOn }: Need): boolean {
  if (grant.member !== member) return false;
  if (!reaches(grant.resource, resource) && grant.resource !== grantOn) return false;
  if (grant.permissions) return grant.permissions.includes(permission);
  return predefinedRoles.get(grant.role)?.permissions.has(permission) === true;
}
