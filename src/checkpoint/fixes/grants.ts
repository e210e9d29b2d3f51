/** Which grants give everything that is needed, and none too many. */
import { canBeInCustomRole } from '../../iam/index.js';
import { projectName, projectOf } from '../../names/index.js';
import { customRoleFor } from './custom-role.js';
import { type Grant, gives, type Need } from './needs.js';
import { smallestRoleFor } from './smallest-role.js';

/** All that one member needs on one resource. */
interface Scope {
  readonly needs: readonly Need[];
  readonly grantOn: Need['grantOn'];
  readonly member: string;
}

function scopesOf(needs: readonly Need[]): Scope[] {
  const scopes = new Map<string, Need[]>();
  for (const need of needs) {
    const key = `${need.member} ${need.grantOn}`;
    scopes.set(key, [...(scopes.get(key) ?? []), need]);
  }
  return [...scopes.values()].flatMap((list) => {
    const [first] = list;
    return first ? [{ needs: list, grantOn: first.grantOn, member: first.member }] : [];
  });
}

const isProject = ({ grantOn }: Scope): boolean => grantOn === projectName(projectOf(grantOn) ?? '');

const permissionsOf = (needs: readonly Need[]) =>
  [...new Set(needs.map(({ permission }) => permission))].sort();

/** One role for all, or where none carries all of it, one for each. */
function predefined({ needs, grantOn, member }: Scope): Grant[] {
  const permissions = permissionsOf(needs);
  const together = smallestRoleFor(permissions, grantOn, member);
  if (together) return [{ member, role: together.role, resource: grantOn }];
  return permissions.flatMap((permission) => {
    const choice = smallestRoleFor([permission], grantOn, member);
    return choice ? [{ member, role: choice.role, resource: grantOn }] : [];
  });
}

function custom({ needs, grantOn, member }: Scope): Grant[] {
  const permissions = permissionsOf(needs).filter((permission) => canBeInCustomRole(permission, 'project'));
  const project = projectOf(grantOn);
  if (permissions.length === 0 || project === undefined) return [];
  return [{ member, role: customRoleFor(project, permissions), resource: grantOn, permissions }];
}

/** An agent that lost its own role gets that one back; what it needs beside it is granted like anybody's. */
function grantsIn(scope: Scope, given: readonly Grant[], customRole: boolean): Grant[] {
  const own = scope.needs.flatMap(({ agentRole, member, grantOn }): Grant[] =>
    agentRole === undefined ? [] : [{ member, role: agentRole, resource: grantOn }],
  );
  const had = [...given, ...own];
  const needs = scope.needs.filter((need) => !had.some((grant) => gives(grant, need)));
  if (needs.length === 0) return own;
  return [...own, ...(customRole ? custom : predefined)({ ...scope, needs })];
}

function distinct(grants: readonly Grant[]): Grant[] {
  return [
    ...new Map(grants.map((grant) => [`${grant.member} ${grant.role} ${grant.resource}`, grant])).values(),
  ];
}

/** Takes away, last first, whatever the others give already. */
function withoutNeedless(grants: readonly Grant[], given: readonly Grant[], needs: readonly Need[]): Grant[] {
  let left = [...grants];
  for (const grant of [...grants].reverse()) {
    const others = left.filter((each) => each !== grant);
    const had = [...given, ...others];
    const missed = needs.some((need) => gives(grant, need) && !had.some((each) => gives(each, need)));
    if (!missed) left = others;
  }
  return left;
}

export interface GrantOptions {
  /** What comes by itself before any of these grants, e.g. with the enabling of an API. */
  readonly given?: readonly Grant[];
  /** Custom roles with exactly what is missing, in place of predefined ones. */
  readonly customRole?: boolean;
}

/**
 * The fewest and narrowest grants that give all that is needed, in the order of the needs. A resource of a project is
 * granted on by itself, unless something that only the project can give carries what is needed there too.
 */
export function grantsFor(needs: readonly Need[], options: GrantOptions = {}): Grant[] {
  const { given = [], customRole = false } = options;
  const scopes = scopesOf(needs);
  const chosen = new Map<Scope, Grant[]>();
  for (const scope of [...scopes.filter(isProject), ...scopes.filter((each) => !isProject(each))]) {
    const had = [...given, ...[...chosen.values()].flat()];
    chosen.set(scope, grantsIn(scope, had, customRole));
  }
  return withoutNeedless(distinct(scopes.flatMap((scope) => chosen.get(scope) ?? [])), given, needs);
}
