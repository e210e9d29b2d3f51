/** Takes away what an exact estate does not name. Nothing is kept for a later undelete, but for service accounts. */
import type { Project } from '../../access/index.js';
import type { Account } from '../../identity/index.js';
import { projectOf, type ResourceName, serviceAccountEmail, serviceAccountName } from '../../names/index.js';
import { PUBLIC_PROJECT } from '../../registry/index.js';
import type { Write } from '../../store/index.js';
import type { Estate, ProjectEntry } from './estate.js';
import { pruneGovernance } from './governance.js';
import { prunePools } from './pools.js';
import type { Rooms } from './rooms.js';
import { keysBelowProject, PREFIX } from './rows.js';
import { pruneTags } from './tags.js';

/** Long ago: the accounts of a removed project cannot be restored. */
const LONG_AGO = new Date(0);

/** @returns the ids of the projects that were removed */
export async function prune(estate: Estate, rooms: Rooms): Promise<string[]> {
  const { access } = rooms;
  await pruneGovernance(estate, rooms);
  await pruneTags(estate, rooms);
  await keepOnly(PREFIX.organizations, estate.organization ? [estate.organization.id] : [], rooms);
  await keepOnly(
    PREFIX.folders,
    estate.folders.map(({ id }) => id),
    rooms,
  );
  await keepOnly(
    PREFIX.groups,
    estate.groups.map(({ email }) => email),
    rooms,
  );
  await pruneCustomRoles(estate, rooms);
  const entries = new Map(estate.projects.map((project) => [project.id, project]));
  const removed: string[] = [];
  for (const project of await access.projects.list()) {
    const entry = entries.get(project.projectId);
    if (project.projectId === PUBLIC_PROJECT) continue;
    if (entry) await pruneProject(entry, rooms);
    else removed.push(await removeProject(project, rooms));
  }
  return removed;
}

async function keepOnly(prefix: string, names: readonly string[], { store }: Rooms): Promise<void> {
  const kept = new Set(names.map((name) => prefix + name));
  const gone = (await store.list(prefix)).filter(({ key }) => !kept.has(key));
  await store.commit(gone.map(({ key }): Write => ({ op: 'delete', key })));
}

/** The names of the custom roles that the estate has, `projects/P/roles/ID` and `organizations/N/roles/ID`. */
export function customRoleNames({ organization, projects }: Estate): string[] {
  return [
    ...(organization?.customRoles ?? []).map(({ id }) => `organizations/${organization?.id}/roles/${id}`),
    ...projects.flatMap((project) =>
      project.customRoles.map(({ id }) => `projects/${project.id}/roles/${id}`),
    ),
  ];
}

/** Deleted ones too: an exact estate keeps nothing for a later undelete. */
async function pruneCustomRoles(estate: Estate, { store }: Rooms): Promise<void> {
  const kept = new Set(customRoleNames(estate).map((name) => PREFIX.customRoles + name));
  const gone = (await store.list(PREFIX.customRoles)).filter(({ key }) => !kept.has(key));
  await store.commit(gone.map(({ key }): Write => ({ op: 'delete', key })));
}

/** The copy's rows of a project: itself, its accounts, its policies and its repositories with what is in them. */
async function removeProject({ projectId, number }: Project, { store, identity }: Rooms): Promise<string> {
  for (const { value } of await store.list<Account>(PREFIX.accounts)) {
    if (value.project !== projectId) continue;
    await store.commit((await identity.accounts.deletion(value.email, LONG_AGO)) ?? []);
  }
  const policies = await store.list(PREFIX.policies);
  const keys = [
    PREFIX.projects + projectId,
    PREFIX.projectNumbers + number,
    ...policies
      .filter(({ key }) => projectOf(key.slice(PREFIX.policies.length) as ResourceName) === projectId)
      .map(({ key }) => key),
    ...(await keysBelowProject(store, projectId)),
  ];
  await store.commit(keys.map((key): Write => ({ op: 'delete', key })));
  return projectId;
}

async function pruneProject(
  { id, accounts, repositories, secrets, pools }: ProjectEntry,
  rooms: Rooms,
): Promise<void> {
  const kept = new Set(accounts.map((account) => serviceAccountEmail(account.id ?? '', id)));
  for (const { email, kind } of await rooms.identity.accounts.list(id)) {
    if (kind !== 'user-managed' || kept.has(email)) continue;
    await rooms.store.commit(rooms.access.removals(serviceAccountName(id, email)));
    await rooms.identity.accounts.remove(email);
  }
  const names = new Set(repositories.map((entry) => `${entry.location}/${entry.id}`));
  for (const repository of await rooms.registry.repositories.list(id)) {
    if (names.has(`${repository.location}/${repository.repository}`)) continue;
    await rooms.registry.repositories.remove(repository);
  }
  await prunePools(id, pools, rooms);
  const secretIds = new Set(secrets.map((entry) => entry.id));
  // As seen long ago: those that have expired since are there too.
  for (const { secret } of await rooms.secrets.secrets.list(id, LONG_AGO)) {
    if (secretIds.has(secret)) continue;
    await rooms.secrets.secrets.remove({ project: id, projectNumber: '', secret }, '', LONG_AGO);
  }
}
