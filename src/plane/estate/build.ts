/** Builds an estate in the rooms: everything but the policies, by the same code that serves API calls. */
import { setImmediate } from 'node:timers/promises';
import { defaultCustomerId, defaultFolderName, type Folder, type Project } from '../../access/index.js';
import { organizationName, parseMember, serviceAgentOf } from '../../names/index.js';
import {
  createServiceAgent,
  describeViolation,
  placementViolation,
  requireFolderName,
} from '../../services/index.js';
import { buildCustomRole } from './build-custom-role.js';
import type { BuildOptions } from './build-options.js';
import { buildProject } from './build-project.js';
import type {
  Estate,
  FolderEntry,
  GroupEntry,
  OrganizationEntry,
  ProjectEntry,
  TagKeyEntry,
} from './estate.js';
import { buildGovernance } from './governance.js';
import { type Place, type Problems, within } from './problems.js';
import type { Rooms } from './rooms.js';
import { PREFIX } from './rows.js';
import { buildTags } from './tags.js';

const NUMBER = /^[1-9]\d{0,18}$/;

/** Groups first, for projects' policies name them; parents before what lies in them. */
export async function buildEstate(estate: Estate, rooms: Rooms, options: BuildOptions): Promise<void> {
  await buildHierarchy(estate, rooms, options);
  for (const group of estate.groups) await buildGroup(group, rooms);
  await checkGroups(estate.groups, rooms, options.problems);
  requireOwnNumbers(estate.projects, options.problems);
  for (const project of estate.projects) {
    await requireParent(project, rooms, options.problems);
    await buildProject(project, rooms, options);
    // The copy answers at once: without a pause a large estate would keep the plane from serving anybody else.
    await setImmediate();
  }
  await buildNamedAgents(estate, rooms, options);
  await buildTags(estate, rooms, options);
  await buildGovernance(estate, rooms, options);
}

/** What the owner of a plane gets on its organization. */
const OWNER_ROLES = ['roles/owner', 'roles/resourcemanager.organizationAdmin'];

/** As Google writes customers' ids, e.g. C03az79cb. */
const CUSTOMER = /^C[0-9a-z]{2,20}$/;

async function buildOrganization(
  { id, domain, customerId, defaults, customRoles, place }: OrganizationEntry,
  rooms: Rooms,
  options: BuildOptions,
): Promise<void> {
  const { store, access } = rooms;
  const { owner, time, exact, problems } = options;
  if (!NUMBER.test(id)) problems.add(within(place, 'id'), `"${id}" is no organization number.`);
  if (domain !== undefined && parseMember(`domain:${domain}`) === undefined) {
    problems.add(within(place, 'domain'), `"${domain}" is no domain.`);
  }
  if (customerId !== undefined && !CUSTOMER.test(customerId)) {
    problems.add(within(place, 'customerId'), `"${customerId}" is no customer id such as C03az79cb.`);
  }
  const { organizations } = access;
  const stored = await organizations.get(id);
  const kept = exact ? undefined : stored;
  const title = domain?.toLowerCase() ?? kept?.domain;
  const organization = {
    id,
    ...(title === undefined ? {} : { domain: title }),
    customerId: customerId ?? kept?.customerId ?? defaultCustomerId(id),
    createTime: stored?.createTime ?? time.toISOString(),
  };
  const write = stored
    ? organizations.update({ ...organization, version: stored.version })
    : organizations.creation(organization);
  const grants = OWNER_ROLES.map((role) => ({ role, member: owner }));
  const owned = !stored && defaults ? [await access.grantsWrite(organizationName(id), grants)] : [];
  await store.commit([write, ...owned]);
  for (const role of customRoles) await buildCustomRole(role, `organizations/${id}`, rooms, options);
}

async function buildHierarchy(
  { organization, folders }: Estate,
  rooms: Rooms,
  options: BuildOptions,
): Promise<void> {
  const { problems } = options;
  if (organization) await buildOrganization(organization, rooms, options);
  for (const folder of folders) await buildFolder(folder, rooms, options);
  const all = await rooms.access.folders.list();
  for (const { id, place, ...entry } of folders) {
    await requireParent({ place, parent: entry.parent }, rooms, problems);
    const folder = all.find((each) => each.id === id);
    const violation = folder && placementViolation(all, folder);
    if (violation !== undefined) problems.add(place, describeViolation(violation));
  }
}

/** Makes a folder, or brings one to what the estate says: one that is marked for deletion is restored by it. */
async function buildFolder(
  { id, parent, displayName, place }: FolderEntry,
  { store, access: { folders } }: Rooms,
  { exact, time, problems }: BuildOptions,
): Promise<void> {
  if (!NUMBER.test(id)) problems.add(within(place, 'id'), `"${id}" is no folder number.`);
  if (displayName !== undefined) {
    await problems.attempt(within(place, 'displayName'), async () =>
      requireFolderName(displayName, 'displayName'),
    );
  }
  const stored = await folders.get(id);
  const folder: Folder = {
    id,
    parent,
    displayName: displayName ?? (exact ? undefined : stored?.displayName) ?? defaultFolderName(id),
    state: 'ACTIVE',
    createTime: stored?.createTime ?? time.toISOString(),
    ...(stored?.updateTime === undefined ? {} : { updateTime: stored.updateTime }),
  };
  await store.commit([
    stored ? folders.update({ ...folder, version: stored.version }) : folders.creation(folder),
  ]);
}

/** The parent must be there: keys of organizations and folders are their names. */
async function requireParent(
  { parent, place }: { readonly parent?: string; readonly place: Place },
  { store }: Rooms,
  problems: Problems,
): Promise<void> {
  if (parent === undefined || (/^(?:folders|organizations)\/\d+$/.test(parent) && (await store.get(parent))))
    return;
  problems.add(within(place, 'parent'), `There is no "${parent}".`);
}

async function buildGroup({ email, members }: GroupEntry, { store }: Rooms): Promise<void> {
  await store.commit([{ op: 'put', key: PREFIX.groups + email, value: members }]);
}

/** Groups that are held by others must exist, and hold no group that holds them. */
async function checkGroups(
  groups: readonly GroupEntry[],
  { store }: Rooms,
  problems: Problems,
): Promise<void> {
  const rows = await store.list<readonly string[]>(PREFIX.groups);
  const nested = new Map(
    rows.map(({ key, value }) => [
      key.slice(PREFIX.groups.length),
      value.filter((member) => member.startsWith('group:')).map((member) => member.slice('group:'.length)),
    ]),
  );
  for (const { email, place } of groups) {
    const reached = new Set(nested.get(email));
    for (const held of reached) {
      if (!nested.has(held) && nested.get(email)?.includes(held)) {
        problems.add(place, `It holds the group ${held}, which does not exist.`);
      }
      for (const deeper of nested.get(held) ?? []) reached.add(deeper);
    }
    if (reached.has(email))
      problems.add(place, `The group ${email} holds itself, through ${[...reached].join(', ')}.`);
  }
}

function requireOwnNumbers(projects: readonly ProjectEntry[], problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { id, number, place } of projects) {
    if (number === undefined) continue;
    const other = owners.get(number);
    if (other !== undefined)
      problems.add(within(place, 'number'), `The project ${other} has the number ${number} too.`);
    owners.set(number, id);
  }
}

/** Service agents that bindings name exist before they are used, as `generateServiceIdentity` makes them. */
async function buildNamedAgents(
  estate: Estate,
  rooms: Rooms,
  { time, problems }: BuildOptions,
): Promise<void> {
  const projects = new Map((await rooms.access.projects.list()).map((project) => [project.number, project]));
  for (const { value, place } of everyBinding(estate)) {
    for (const member of value.members) {
      const agent = serviceAgentOf(member.slice(member.indexOf(':') + 1));
      const project: Project | undefined = agent && projects.get(agent.projectNumber);
      if (!agent || !project) continue;
      await problems.attempt(place, () => createServiceAgent(rooms, project, agent.agent.api, time));
    }
  }
}

/** All bindings of the estate. */
export function everyBinding(estate: Estate): ProjectEntry['iam'] {
  const { organization, folders, projects } = estate;
  return [
    ...(organization?.iam ?? []),
    ...ofTags(organization?.tagKeys ?? []),
    ...folders.flatMap(({ iam }) => iam),
    ...projects.flatMap((project) => [
      ...project.iam,
      ...ofTags(project.tagKeys),
      ...(project.defaultAccount?.iam ?? []),
      ...[...project.accounts, ...project.repositories, ...project.secrets, ...project.run].flatMap(
        ({ iam }) => iam,
      ),
    ]),
  ];
}

const ofTags = (keys: readonly TagKeyEntry[]): ProjectEntry['iam'] =>
  keys.flatMap(({ iam, values }) => [...iam, ...values.flatMap((value) => value.iam)]);
