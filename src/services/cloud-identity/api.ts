import { createHash } from 'node:crypto';
import {
  type Api,
  type ApiMethod,
  defineMethod,
  type HttpInput,
  type JsonObject,
} from '../../google/index.js';
import { page } from '../paging.js';
import {
  accessRules,
  type CloudIdentityDeps,
  GROUPS,
  groupRefusal,
  lookupRefusal,
  MEMBERSHIPS,
  membersNamed,
} from './access.js';
import { addressOf, Directory, type Group, groupId } from './directory.js';
import {
  type AboutMember,
  type ByAddress,
  type ByGroup,
  LABEL,
  type ListRequest,
  readCheck,
  readGet,
  readList,
  readLookup,
  readSearchGroups,
  readSearchMembers,
  type SearchGroups,
  type SearchMembers,
} from './requests.js';

/** Beside cloud-platform (https://cloud.google.com/identity/docs/reference/rest/v1/groups/lookup#authorization-scopes). */
const SCOPES = ['', '.readonly'].map(
  (suffix) => `https://www.googleapis.com/auth/cloud-identity.groups${suffix}`,
);
/** "Max 1000 for View.BASIC and 500 for View.FULL" (groups.memberships.list), and 1000 for searches. */
const PAGES = { default: 200, max: 1000 };
const FULL_PAGES = { default: 50, max: 500 };

/** Cloud Identity Groups v1, read only: groups are made by estates. It has no protos: methods are routed by hand. */
export function cloudIdentityApi(deps: CloudIdentityDeps): Api {
  return {
    host: 'cloudidentity.googleapis.com',
    regional: false,
    methods: methods(deps),
    access: accessRules(deps),
  };
}

function methods(deps: CloudIdentityDeps): ApiMethod[] {
  const group = async (id: string) => {
    const directory = await Directory.read(deps.store);
    const found = directory.byId(id);
    if (!found) throw groupRefusal(id);
    return { directory, found };
  };
  return [
    reading<ByAddress>(`${GROUPS}.LookupGroupName`, '/v1/groups:lookup', readLookup, async ({ email }) => {
      const found = (await Directory.read(deps.store)).byAddress(email);
      if (!found) throw lookupRefusal(email);
      return { name: `groups/${found.id}` };
    }),
    reading<ByGroup>(`${GROUPS}.GetGroup`, '/v1/{name=groups/*}', readGet, async (request) => {
      const { found } = await group(request.group);
      return groupJson(found, await customerOf(deps, found));
    }),
    reading<ListRequest>(
      `${MEMBERSHIPS}.ListMemberships`,
      '/v1/{parent=groups/*}/memberships',
      readList,
      async (request) => {
        const { found } = await group(request.group);
        const full = request.view === 'FULL';
        return pageOf([...found.members], request, full ? FULL_PAGES : PAGES, (member) =>
          membershipJson(found, member, full),
        );
      },
    ),
    reading<AboutMember>(
      `${MEMBERSHIPS}.CheckTransitiveMembership`,
      '/v1/{parent=groups/*}/memberships:checkTransitiveMembership',
      readCheck,
      async ({ group: id, email }) => {
        const { directory, found } = await group(id);
        const members = directory.transitiveMembers(found);
        const hasMembership = membersNamed(email).some((member) => members.has(member));
        return hasMembership ? { hasMembership } : {};
      },
    ),
    reading<SearchMembers>(
      `${MEMBERSHIPS}.SearchTransitiveMemberships`,
      '/v1/{parent=groups/*}/memberships:searchTransitiveMemberships',
      readSearchMembers,
      async (request) => {
        const { directory, found } = await group(request.group);
        const members = directory.transitiveMembers(found);
        return pageOf([...members.keys()], request, PAGES, (member) => ({
          member: memberName(member),
          preferredMemberKey: [{ id: addressOf(member) }],
          relationType: members.get(member) ?? 'DIRECT',
          roles: [{ role: 'MEMBER' }],
        }));
      },
    ),
    reading<SearchGroups>(
      `${MEMBERSHIPS}.SearchTransitiveGroups`,
      '/v1/groups/-/memberships:searchTransitiveGroups',
      readSearchGroups,
      (request) => groupsOf(deps, request),
    ),
  ];
}

async function groupsOf({ store }: CloudIdentityDeps, request: SearchGroups): Promise<JsonObject> {
  const directory = await Directory.read(store);
  const named = membersNamed(request.email);
  const relations = new Map(
    directory.all().flatMap((group) => {
      const members = directory.transitiveMembers(group);
      const member = named.find((each) => members.has(each));
      return member === undefined
        ? []
        : [[group.email, { group, relation: members.get(member) ?? 'DIRECT' }]];
    }),
  );
  return pageOf([...relations.keys()], request, PAGES, (email) => ({
    group: `groups/${groupId(email)}`,
    groupKey: { id: email },
    displayName: displayName(email),
    labels: { [LABEL]: '' },
    relationType: relations.get(email)?.relation ?? 'DIRECT',
    roles: [{ role: 'MEMBER' }],
  }));
}

function reading<I>(
  name: string,
  template: string,
  decode: (input: HttpInput) => I,
  handle: (request: I) => Promise<JsonObject>,
): ApiMethod {
  return defineMethod<I, JsonObject>({
    name,
    bindings: [{ verb: 'GET', template }],
    decode,
    handle,
    encode: (response) => response,
    scopes: SCOPES,
  });
}

function pageOf(
  all: string[],
  request: { readonly pageSize: number; readonly pageToken: string },
  limits: typeof PAGES,
  json: (item: string) => JsonObject,
): JsonObject {
  const { items, nextPageToken } = page(all.sort(), (item) => item, request, limits);
  return {
    ...(items.length === 0 ? {} : { memberships: items.map(json) }),
    ...(nextPageToken === '' ? {} : { nextPageToken }),
  };
}

const displayName = (email: string) => email.slice(0, email.indexOf('@'));

async function customerOf({ access }: CloudIdentityDeps, { email }: Group): Promise<string | undefined> {
  const domain = email.slice(email.lastIndexOf('@') + 1);
  return (await access.organizations.list()).find((each) => each.domain === domain)?.customerId;
}

function groupJson({ id, email }: Group, customer: string | undefined): JsonObject {
  return {
    name: `groups/${id}`,
    groupKey: { id: email },
    ...(customer === undefined ? {} : { parent: `customers/${customer}` }),
    displayName: displayName(email),
    labels: { [LABEL]: '' },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  user: 'USER',
  serviceAccount: 'SERVICE_ACCOUNT',
  group: 'GROUP',
};

function membershipJson({ id }: Group, member: string, full: boolean): JsonObject {
  const kind = member.slice(0, member.indexOf(':'));
  return {
    name: `groups/${id}/memberships/${memberId(member)}`,
    preferredMemberKey: { id: addressOf(member) },
    ...(full ? { roles: [{ name: 'MEMBER' }], type: TYPES[kind] ?? 'OTHER' } : {}),
  };
}

/** A group by its id, everybody else by a number made of the address. */
function memberId(member: string): string {
  if (member.startsWith('group:')) return groupId(addressOf(member));
  return `1${BigInt(`0x${createHash('sha256').update(member).digest('hex').slice(0, 16)}`)
    .toString()
    .padStart(20, '0')}`;
}

function memberName(member: string): string {
  return member.startsWith('group:') ? `groups/${memberId(member)}` : `users/${memberId(member)}`;
}
