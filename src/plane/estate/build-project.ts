/** Builds one project with its APIs, accounts and repositories, or brings it to what the estate says. */
import { create } from '@bufbuild/protobuf';
import type { Project } from '../../access/index.js';
import {
  Repository_Format,
  Repository_Mode,
  RepositorySchema,
} from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import type { Account } from '../../identity/index.js';
import { defaultComputeAccount, isRegistryLocation, serviceAccountEmail } from '../../names/index.js';
import { PUBLIC_PROJECT, type Repository } from '../../registry/index.js';
import {
  changeFor,
  companionsOf,
  createProject,
  createRepository,
  createServiceAccount,
  createServiceAgent,
  DEFAULT_APIS,
  enableServices,
  readNewRepository,
  readUpdate,
  requireLabels,
  requireName,
  requireTexts,
  withDependencies,
} from '../../services/index.js';
import { buildCustomRole } from './build-custom-role.js';
import type { BuildOptions } from './build-options.js';
import { buildRun } from './build-run.js';
import { buildSecret } from './build-secret.js';
import type { AccountEntry, ProjectEntry, RepositoryEntry } from './estate.js';
import { isSubset } from './labels.js';
import { buildPool } from './pools.js';
import { within } from './problems.js';
import type { Rooms } from './rooms.js';
import { PREFIX } from './rows.js';

/** What is refused is added to the problems, with what lies in a project that could not be built left out. */
export async function buildProject(entry: ProjectEntry, rooms: Rooms, options: BuildOptions): Promise<void> {
  const { problems, time } = options;
  if (entry.id === PUBLIC_PROJECT) {
    problems.add(
      entry.place,
      `The project ${PUBLIC_PROJECT} holds Google's sample images; choose another id.`,
    );
    return;
  }
  const isNew = (await rooms.access.projects.get(entry.id)) === undefined;
  const project = await problems.attempt(entry.place, () => existingOrNew(entry, rooms, options));
  if (!project) return;
  await buildServices(entry, isNew, rooms, options);
  for (const { value, place } of entry.serviceAgents) {
    const agent = await problems.attempt(place, () => createServiceAgent(rooms, project, value, time));
    if (!agent) problems.add(place, `${value} has no service agent.`);
  }
  for (const role of entry.customRoles) {
    await buildCustomRole(role, `projects/${project.projectId}`, rooms, options);
  }
  if (entry.defaultAccount) await buildDefaultAccount(entry.defaultAccount, project, rooms, options);
  for (const account of entry.accounts) await buildAccount(account, project, rooms, options);
  await buildRepositories(entry, rooms, options);
  for (const secret of entry.secrets) await buildSecret(secret, project, rooms, options);
  for (const pool of entry.pools) await buildPool(pool, project, rooms, options);
  for (const run of entry.run) await buildRun(run, project, rooms, options);
}

async function existingOrNew(
  entry: ProjectEntry,
  rooms: Rooms,
  { owner, time, exact, problems }: BuildOptions,
): Promise<Project | undefined> {
  const { id, number, name, parent, labels, place } = entry;
  const { access } = rooms;
  const holder = number === undefined ? undefined : await access.projects.get(number);
  if (holder && holder.projectId !== id) {
    problems.add(within(place, 'number'), `The project ${holder.projectId} has the number ${number}.`);
    return undefined;
  }
  const stored = await access.projects.get(id);
  if (!stored) {
    return createProject(
      rooms,
      {
        projectId: id,
        ...(number === undefined ? {} : { number }),
        ...(name === undefined ? {} : { name }),
        ...(parent === undefined ? {} : { parent }),
        labels,
        owners: entry.defaults ? [owner] : [],
      },
      time,
    );
  }
  if (stored.state !== 'ACTIVE') {
    problems.add(
      place,
      `The project ${id} is about to be deleted. Restore it first: gcloud projects undelete ${id}`,
    );
    return undefined;
  }
  if (number !== undefined && number !== stored.number) {
    problems.add(
      within(place, 'number'),
      `The project ${id} has the number ${stored.number}, which cannot change.`,
    );
    return undefined;
  }
  const { parent: _, ...orphan } = stored;
  const next = {
    ...(exact ? orphan : stored),
    name: name ?? (exact ? id : stored.name),
    ...(parent === undefined ? {} : { parent }),
    labels: exact ? labels : { ...stored.labels, ...labels },
  };
  requireName(next.name);
  requireLabels(next.labels);
  await rooms.store.commit([access.projects.update(next)]);
  return next;
}

/**
 * Enables what is listed. Nothing comes by itself where the estate says so, and an exact one disables the rest:
 * the accounts of an API stay, as they do on Google Cloud.
 */
async function buildServices(
  entry: ProjectEntry,
  isNew: boolean,
  rooms: Rooms,
  { exact, time, problems }: BuildOptions,
): Promise<void> {
  for (const { value, place } of entry.services) {
    await problems.attempt(place, () => enableServices(rooms, entry.id, [value], time));
  }
  if (exact && entry.defaults) await enableServices(rooms, entry.id, DEFAULT_APIS, time);
  if (!exact && (entry.defaults || !isNew)) return;
  const project = await rooms.access.projects.get(entry.id);
  if (!project) return;
  const listed = entry.services.map(({ value }) => value);
  const wanted = new Set(withDependencies([...listed, ...(entry.defaults ? DEFAULT_APIS : [])]));
  const services = Object.fromEntries(Object.entries(project.services).filter(([api]) => wanted.has(api)));
  await rooms.store.commit([rooms.access.projects.update({ ...project, services })]);
}

async function buildDefaultAccount(
  entry: AccountEntry,
  project: Project,
  rooms: Rooms,
  { time, problems }: BuildOptions,
): Promise<void> {
  const email = defaultComputeAccount(project.number);
  // The account outlives the API that brought it, which need not be enabled any more.
  const { accounts } = await companionsOf(rooms, project, ['compute.googleapis.com'], time);
  await rooms.store.commit(accounts.filter(({ key }) => key === PREFIX.accounts + email));
  const account = await rooms.identity.accounts.get(email);
  if (!account) throw new Error(`${email} was not created`);
  await problems.attempt(entry.place, () => updateAccount(entry, account, account, rooms));
}

async function buildAccount(
  entry: AccountEntry,
  { projectId }: Project,
  rooms: Rooms,
  { time, exact, problems }: BuildOptions,
): Promise<void> {
  const { id: accountId = '', displayName, description, place } = entry;
  await problems.attempt(place, async () => {
    const stored = await rooms.identity.accounts.get(serviceAccountEmail(accountId, projectId));
    const account =
      stored ??
      (await createServiceAccount(
        rooms,
        projectId,
        {
          accountId,
          ...(displayName === undefined ? {} : { displayName }),
          ...(description === undefined ? {} : { description }),
        },
        time,
      ));
    await updateAccount(entry, account, exact ? NEW : account, rooms);
  });
}

/** A service account of which nothing is said. */
const NEW = { displayName: '', description: '', disabled: false };

type Texts = Pick<Account, 'displayName' | 'description' | 'disabled'>;

/** @param otherwise what holds where the entry says nothing */
async function updateAccount(
  entry: AccountEntry,
  account: Account,
  otherwise: Texts,
  { identity }: Rooms,
): Promise<void> {
  const {
    displayName = otherwise.displayName,
    description = otherwise.description,
    disabled = otherwise.disabled,
  } = entry;
  const same =
    displayName === account.displayName &&
    description === account.description &&
    disabled === account.disabled;
  if (same) return;
  requireTexts({ displayName, description });
  await identity.accounts.update(account.email, (now) => ({ ...now, displayName, description, disabled }));
}

const REGISTRY_API = 'artifactregistry.googleapis.com';

/** Repositories outlive the API, which need not be enabled any more: it is, while they are made. */
async function buildRepositories(
  { id, repositories }: ProjectEntry,
  rooms: Rooms,
  options: BuildOptions,
): Promise<void> {
  const { projects } = rooms.access;
  const project = await projects.get(id);
  if (!project || repositories.length === 0) return;
  const { services } = project;
  const enabled = { ...services, [REGISTRY_API]: services[REGISTRY_API] ?? project.createTime };
  await rooms.store.commit([projects.update({ ...project, services: enabled })]);
  for (const repository of repositories) await buildRepository(repository, project, rooms, options);
  const after = await projects.get(id);
  if (after) await rooms.store.commit([projects.update({ ...after, services })]);
}

async function buildRepository(
  entry: RepositoryEntry,
  { projectId }: Project,
  rooms: Rooms,
  { time, exact, problems }: BuildOptions,
): Promise<void> {
  const { repositories } = rooms.registry;
  const { id: repository, location, place } = entry;
  const name = { project: projectId, location, repository };
  if (!isRegistryLocation(location)) {
    problems.add(within(place, 'location'), `"${location}" is no location of Artifact Registry.`);
    return;
  }
  await problems.attempt(place, async () => {
    const stored = await repositories.get(name);
    if (!stored) {
      const texts = readNewRepository(location, repository, message(entry));
      await createRepository(rooms, { ...name, ...texts }, time);
      return;
    }
    const sameLabels =
      isSubset(entry.labels, stored.labels) && (!exact || isSubset(stored.labels, entry.labels));
    const { description = exact ? '' : stored.description } = entry;
    const { immutableTags = exact ? false : isImmutable(stored) } = entry;
    const paths = [
      ...(description === stored.description ? [] : ['description']),
      ...(sameLabels ? [] : ['labels']),
      ...(immutableTags === isImmutable(stored) ? [] : ['docker_config.immutable_tags']),
      ...(sameUpstreams(entry, stored) ? [] : ['virtual_repository_config.upstream_policies']),
    ];
    if (paths.length === 0) return;
    const labels = exact ? entry.labels : { ...stored.labels, ...entry.labels };
    const change = readUpdate(message({ ...entry, labels }), paths);
    await repositories.update(name, changeFor(stored.mode, change), time);
  });
}

const isImmutable = ({ immutableTags = false }: Repository): boolean => immutableTags;

const upstreamsOf = ({ upstreamPolicies = [] }: Pick<RepositoryEntry, 'upstreamPolicies'>) =>
  upstreamPolicies.map(({ id, repository, priority = 0 }) => ({ id, repository, priority }));

const sameUpstreams = (entry: RepositoryEntry, stored: Repository): boolean =>
  entry.upstreamPolicies === undefined ||
  JSON.stringify(upstreamsOf(entry)) === JSON.stringify(upstreamsOf(stored));

/** The entry as a caller of the API would send it, so that the API's own checks apply. */
function message(entry: RepositoryEntry) {
  const { description = '', labels, immutableTags = false } = entry;
  return create(RepositorySchema, {
    format: Repository_Format.DOCKER,
    description,
    labels,
    formatConfig: { case: 'dockerConfig', value: { immutableTags } },
    ...(entry.upstreamPolicies === undefined
      ? {}
      : {
          mode: Repository_Mode.VIRTUAL_REPOSITORY,
          modeConfig: {
            case: 'virtualRepositoryConfig' as const,
            value: { upstreamPolicies: upstreamsOf(entry) },
          },
        }),
  });
}
