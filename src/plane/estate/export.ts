/** The plane as an estate file: what applying it anew would not bring by itself, in one order. */
import {
  type CustomRole,
  defaultCustomerId,
  defaultFolderName,
  isUsable,
  type Project,
} from '../../access/index.js';
import type { EstateDocument, FolderDocument, OrganizationDocument } from '../../estate-file/index.js';
import type { Binding, Policy } from '../../iam/index.js';
import type { Account } from '../../identity/index.js';
import {
  folderName,
  organizationName,
  projectOf,
  type ResourceName,
  splitResource,
} from '../../names/index.js';
import { PUBLIC_PROJECT, type Repository } from '../../registry/index.js';
import type { Secret } from '../../secrets/index.js';
import type { EstateDeps } from './apply.js';
import { type Automatic, automaticOf } from './automatic.js';
import { exportAuditConfigs, exportIam, holdsAll } from './export-iam.js';
import { exportCustomRole, exportProject, projectSkeleton } from './export-project.js';
import { exportBoundaries, exportDenyPolicies } from './governance.js';
import { mergeEstates } from './merge.js';
import { Problems } from './problems.js';
import type { ProjectFacts } from './project-facts.js';
import { openRooms, type Rooms } from './rooms.js';
import { ESTATE_PREFIXES, PREFIX, RUN_PREFIXES } from './rows.js';
import { openScratch } from './scratch.js';
import { exportTagKeys, exportTags } from './tags.js';

export interface Exported {
  readonly document: EstateDocument;
  /** What the plane holds and an estate file cannot say, one sentence each. */
  readonly notes: readonly string[];
}

/** Reads the whole plane. Applying the document to it changes nothing; to an empty one, decides the same. */
export async function exportEstate({ store, clock, owner }: EstateDeps): Promise<Exported> {
  const scratch = await openScratch(store, [...ESTATE_PREFIXES, ...RUN_PREFIXES]);
  try {
    const rooms = openRooms(scratch.store, clock);
    const notes: string[] = [];
    await rooms.access.customRoles.ready();
    const policies = await allPolicies(rooms);
    const time = clock();
    const facts = await projectFacts(rooms, policies, time, notes);
    const organization = await onlyOrganization(rooms, notes);
    const folders = await exportFolders(rooms, policies, notes);
    const groups = await exportGroups(rooms);
    const skeleton: EstateDocument = {
      ...(organization ? { organization } : {}),
      folders,
      groups,
      projects: facts.map(projectSkeleton),
    };
    const automatic = await automaticOf(asEstate(skeleton), owner, time);
    const owned = organization && (await withIam(organization, automatic, policies, rooms, time, notes));
    const projects = [];
    for (const each of facts) projects.push(await exportProject(each, automatic, owner, rooms, notes));
    const document: EstateDocument = {
      ...(owned ? { organization: owned } : {}),
      ...(folders.length > 0 ? { folders } : {}),
      ...(Object.keys(groups).length > 0 ? { groups } : {}),
      ...(projects.length > 0 ? { projects } : {}),
    };
    return { document, notes };
  } finally {
    await scratch.close();
  }
}

type Policies = ReadonlyMap<ResourceName, readonly Binding[]>;

async function allPolicies({ store }: Rooms): Promise<Policies> {
  const rows = await store.list<Policy>(PREFIX.policies);
  return new Map(
    rows.map(({ key, value }) => [key.slice(PREFIX.policies.length) as ResourceName, value.bindings]),
  );
}

async function projectFacts(
  { store, access }: Rooms,
  policies: Policies,
  time: Date,
  notes: string[],
): Promise<ProjectFacts[]> {
  const accounts = groupedBy(await values<Account>(store, PREFIX.accounts), ({ project }) => project);
  const repositories = groupedBy(
    await values<Repository>(store, PREFIX.repositories),
    ({ project }) => project,
  );
  const secrets = groupedBy(await secretsOf(store), ({ project }) => project);
  const own = groupedBy([...policies], ([resource]) => projectOf(resource));
  const bound = (await store.list(PREFIX.tagBindings)).map(
    ({ key }) => key.slice(PREFIX.tagBindings.length) as ResourceName,
  );
  const tagged = groupedBy(bound, projectOf);
  const exported = (await access.projects.list())
    .filter((project) => isExported(project, notes))
    .map(async (project) => ({
      project,
      customRoles: await rolesInUse(`projects/${project.projectId}`, access, time),
      accounts: accounts.get(project.projectId) ?? [],
      repositories: repositories.get(project.projectId) ?? [],
      secrets: (secrets.get(project.projectId) ?? []).map(({ secret }) => secret),
      policies: new Map(own.get(project.projectId)),
      tagged: tagged.get(project.projectId) ?? [],
    }));
  return Promise.all(exported);
}

/** A deleted role grants nothing: a file need not bring it back. */
async function rolesInUse(
  parent: string,
  { customRoles }: Rooms['access'],
  time: Date,
): Promise<CustomRole[]> {
  return (await customRoles.list(parent, time)).filter(({ deleteTime }) => deleteTime === undefined);
}

/** Every secret, by the project of its key. */
async function secretsOf(store: Rooms['store']): Promise<{ project: string | undefined; secret: Secret }[]> {
  const rows = await store.list<Secret>(PREFIX.secrets);
  return rows.map(({ key, value }) => ({
    project: key.slice(PREFIX.secrets.length).split('/')[0],
    secret: value,
  }));
}

function groupedBy<T>(
  all: readonly T[],
  keyOf: (item: T) => string | undefined,
): ReadonlyMap<string | undefined, T[]> {
  const groups = new Map<string | undefined, T[]>();
  for (const item of all) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

async function values<T>(store: Rooms['store'], prefix: string): Promise<T[]> {
  return (await store.list<T>(prefix)).map(({ value }) => value);
}

function isExported({ projectId, state }: Project, notes: string[]): boolean {
  if (projectId === PUBLIC_PROJECT) return false;
  if (state === 'ACTIVE') return true;
  notes.push(`The project ${projectId} is about to be deleted and is left out.`);
  return false;
}

async function onlyOrganization(
  { access }: Rooms,
  notes: string[],
): Promise<OrganizationDocument | undefined> {
  const [first, ...others] = await access.organizations.list();
  for (const { id } of others) {
    notes.push(`organizations/${id}: a file holds one organization; this one is left out.`);
  }
  if (!first) return undefined;
  const { id, domain, customerId } = first;
  return {
    id,
    ...(domain === undefined ? {} : { domain }),
    ...(customerId === defaultCustomerId(id) ? {} : { customerId }),
  };
}

async function withIam(
  { id, iam: _iam, ...others }: OrganizationDocument,
  automatic: Automatic,
  policies: Policies,
  rooms: Rooms,
  time: Date,
  notes: string[],
): Promise<OrganizationDocument> {
  const customRoles = (await rolesInUse(`organizations/${id}`, rooms.access, time)).map(exportCustomRole);
  const name = organizationName(id);
  const own = policies.get(name) ?? [];
  const iam = await exportIam(own, splitResource(name).path, rooms, notes);
  return {
    id,
    ...others,
    ...(holdsAll(own, automatic.bindings(name)) ? {} : { defaults: false }),
    ...(iam.length > 0 ? { iam } : {}),
    ...(await exportTags(name, rooms)),
    ...(await exportTagKeys(`organizations/${id}`, rooms, notes)),
    ...(await exportAuditConfigs(name, rooms, notes)),
    ...(customRoles.length > 0 ? { customRoles } : {}),
    ...(await exportDenyPolicies(name, rooms, notes)),
    ...(await exportBoundaries(id, rooms, notes)),
  };
}

async function exportFolders(rooms: Rooms, policies: Policies, notes: string[]): Promise<FolderDocument[]> {
  const exported: FolderDocument[] = [];
  for (const folder of await rooms.access.folders.list()) {
    const { id, parent, displayName } = folder;
    if (!isUsable(folder)) {
      notes.push(`The folder ${id} is about to be deleted and is left out.`);
      continue;
    }
    const name = folderName(id);
    const iam = await exportIam(policies.get(name) ?? [], splitResource(name).path, rooms, notes);
    exported.push({
      id,
      parent,
      ...(displayName === defaultFolderName(id) ? {} : { displayName }),
      ...(iam.length > 0 ? { iam } : {}),
      ...(await exportTags(name, rooms)),
      ...(await exportAuditConfigs(name, rooms, notes)),
      ...(await exportDenyPolicies(name, rooms, notes)),
    });
  }
  return exported;
}

async function exportGroups({ store }: Rooms): Promise<Record<string, readonly string[]>> {
  const rows = await store.list<readonly string[]>(PREFIX.groups);
  return Object.fromEntries(
    rows.map(({ key, value }) => [
      key.slice(PREFIX.groups.length),
      // A file cannot say which account of a name is meant: whoever has been deleted is left out.
      value.filter((member) => !member.startsWith('deleted:')),
    ]),
  );
}

/** The document as the code that builds estates takes it. */
function asEstate(document: EstateDocument) {
  const file = { name: 'the plane', position: () => undefined };
  return mergeEstates([{ document, place: { file, path: [] } }], new Problems());
}
