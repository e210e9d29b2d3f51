/**
 * Who may see a group. On Google Cloud that is not IAM's to say: administrators of the customer may who read groups,
 * and by default the members (https://support.google.com/a/answer/9807615, "who can view members"). Here viewers of
 * the organization stand for the administrators: whoever may get the organization that the group's domain belongs to.
 */
import type { AccessControl } from '../../access/index.js';
import { type AccessRule, type Call, type PermissionCheck, permissionDenied } from '../../google/index.js';
import { emailOf, memberOf, organizationName, parsePrincipal } from '../../names/index.js';
import type { Store } from '../../store/index.js';
import { Directory, type Group } from './directory.js';
import type { ByAddress, ByGroup, SearchGroups } from './requests.js';

export interface CloudIdentityDeps {
  readonly store: Store;
  readonly access: AccessControl;
}

export const GROUPS = 'google.apps.cloudidentity.groups.v1.GroupsService';
export const MEMBERSHIPS = 'google.apps.cloudidentity.groups.v1.MembershipsService';

/** The same for what may not be seen and for what is not there. */
export const lookupRefusal = (email: string) =>
  permissionDenied(`Error(2017): Permission denied for group resource '${email}' (or it may not exist).`);
export const groupRefusal = (group: string) =>
  permissionDenied(`Error(2028): Permission denied for resource groups/${group} (or it may not exist).`);
const memberRefusal = (email: string) =>
  permissionDenied(
    `Error(4001): Permission denied for membership resource '${email}' (or it may not exist).`,
  );

function rule<R>(
  checks: (request: R, call: Call) => Promise<readonly PermissionCheck[]>,
  refusal: (label: string) => Error,
): AccessRule {
  return { kind: 'permission', type: 'ADMIN_READ', checks, refusal: ({ label }) => refusal(label) };
}

export function accessRules(deps: CloudIdentityDeps): Readonly<Record<string, AccessRule>> {
  const ofGroup = rule(async ({ group }: ByGroup, call) => {
    const directory = await Directory.read(deps.store);
    return unlessMember(deps, directory, directory.byId(group), group, call);
  }, groupRefusal);
  return {
    [`${GROUPS}.LookupGroupName`]: rule(async ({ email }: ByAddress, call) => {
      const directory = await Directory.read(deps.store);
      return unlessMember(deps, directory, directory.byAddress(email), email, call);
    }, lookupRefusal),
    [`${GROUPS}.GetGroup`]: ofGroup,
    [`${MEMBERSHIPS}.ListMemberships`]: ofGroup,
    [`${MEMBERSHIPS}.CheckTransitiveMembership`]: ofGroup,
    [`${MEMBERSHIPS}.SearchTransitiveMemberships`]: ofGroup,
    [`${MEMBERSHIPS}.SearchTransitiveGroups`]: rule(
      async ({ email }: SearchGroups, { principal }) =>
        emailOf(principal) === email ? [] : [await onOrganizationOf(deps, email, email)],
      memberRefusal,
    ),
  };
}

async function unlessMember(
  deps: CloudIdentityDeps,
  directory: Directory,
  group: Group | undefined,
  label: string,
  { principal }: Call,
): Promise<readonly PermissionCheck[]> {
  const caller = principal.kind === 'anonymous' ? undefined : memberOf(principal);
  if (group && caller !== undefined && directory.transitiveMembers(group).has(caller)) return [];
  return [await onOrganizationOf(deps, group?.email ?? label, label)];
}

/** Of a domain that is no organization's, the first one answers; without any, nobody may. */
async function onOrganizationOf(
  { access }: CloudIdentityDeps,
  email: string,
  label: string,
): Promise<PermissionCheck> {
  const domain = email.slice(email.lastIndexOf('@') + 1);
  const all = await access.organizations.list();
  const organization = all.find((each) => each.domain === domain) ?? all[0];
  const resource = organizationName(organization?.id ?? '0');
  return { permission: 'resourcemanager.organizations.get', resource, label };
}

/** How an address is a member: users, service accounts and groups are told apart by it. */
export function membersNamed(email: string): readonly string[] {
  const principal = parsePrincipal(email);
  const own = principal && memberOf(principal);
  return [...(own === undefined ? [] : [own]), `group:${email}`];
}
