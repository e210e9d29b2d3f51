/** Everything that a plane knows of its estate, at once: for those who ask about all of it, as audits do. */
import type { AccountFacts, ProjectFacts, RunResourceFacts, Source } from '../../checkpoint/index.js';
import {
  collections,
  type InstanceTemplate,
  type JobSpec,
  type ServiceSpec,
  secretUses,
  type WorkerPoolSpec,
  type WrittenRecord,
} from '../../deployments/index.js';
import type { JsonObject } from '../../google/index.js';
import type { Account } from '../../identity/index.js';
import {
  folderName,
  organizationName,
  projectName,
  type ResourceName,
  type RunKind,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
} from '../../names/index.js';
import type { Repository } from '../../registry/index.js';
import { SECRET_PREFIXES, type Secret, type SecretVersion } from '../../secrets/index.js';
import type { SourceRooms } from './rooms-source.js';

/** One Cloud Run resource. */
interface ListedRun extends RunResourceFacts {
  readonly resource: ResourceName;
  readonly kind: RunKind;
  readonly project: string;
  readonly location: string;
  readonly name: string;
  readonly secrets: readonly { readonly name: string; readonly version: string; readonly env: string }[];
}

/** Names of resources of which something is said → what. Sets are lists, so that it goes as JSON. */
export type Contents = Awaited<ReturnType<typeof contentsOf>>;

/** @param source the same rooms': while changes propagate, what is in effect is told */
export async function contentsOf({ store, access }: SourceRooms, source: Source) {
  const projects = await access.projects.list();
  const facts = await Promise.all(projects.map(({ projectId }) => source.project(projectId)));
  const accounts = (await store.list<Account>('accounts/')).map(({ value }) => value);
  const repositories = (await store.list<Repository>('repositories/')).map(({ value }) =>
    repositoryName(value.project, value.location, value.repository),
  );
  const secrets = await secretVersions(store);
  const runs = await listedRuns(store);
  const containers = [
    ...projects.map(({ projectId }) => projectName(projectId)),
    ...(await access.folders.list()).map(({ id }) => folderName(id)),
    ...(await access.organizations.list()).map(({ id }) => organizationName(id)),
  ];
  const resources = [
    ...containers,
    ...accounts.map(({ project, email }) => serviceAccountName(project, email)),
    ...repositories,
    ...Object.keys(secrets).map((name) => name as ResourceName),
    ...runs.map(({ resource }) => resource),
  ];
  const tagged = (await store.list('tag-bindings/', { limit: 1 })).length > 0;
  await access.customRoles.ready();
  const roles = (await access.rolesInEffect()).list();
  const [first] = projects;
  return {
    projects: facts.filter((each): each is ProjectFacts => typeof each === 'object' && 'projectId' in each),
    policies: await told(resources, (name) => source.policy(name)),
    denyPolicies: await told(containers, (name) => source.denyPolicies(name)),
    boundaries: await source.boundaries(first?.projectId ?? ''),
    roles: roles.map((role) => ({ ...role, permissions: [...role.permissions] })).filter(isTold(source)),
    groups: Object.fromEntries(
      (await store.list<readonly string[]>('groups/')).map(({ key, value }) => [
        key.slice('groups/'.length),
        value.filter((member) => !member.startsWith('deleted:')),
      ]),
    ),
    tags: await told(tagged ? resources : [], (name) => source.tags(name)),
    apis: Object.fromEntries(projects.map(({ projectId, services }) => [projectId, Object.keys(services)])),
    accounts: Object.fromEntries(
      accounts.map(({ email, project, kind, disabled }): [string, AccountFacts] => [
        email,
        { project, isAgent: kind === 'agent', disabled },
      ]),
    ),
    repositories: await told(repositories, (name) => source.repository(name)),
    secrets,
    runs,
  };
}

/** Predefined roles are in the catalogue that everybody has, unless the plane has its own. */
const isTold =
  ({ ownRoles }: Source) =>
  ({ name }: { readonly name: string }) =>
    ownRoles === true || !name.startsWith('roles/');

async function told<T>(
  names: readonly ResourceName[],
  of: (name: ResourceName) => Promise<T>,
): Promise<Readonly<Record<string, T>>> {
  const all: [string, T][] = [];
  for (const name of names) all.push([name, await of(name)]);
  return Object.fromEntries(all);
}

async function secretVersions(
  store: SourceRooms['store'],
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const versions = new Map<string, Record<string, string>>();
  for (const { key, value } of await store.list<SecretVersion>(SECRET_PREFIXES.versions)) {
    const [project, secret] = key.slice(SECRET_PREFIXES.versions.length).split('/');
    const id = `${project}/${secret}`;
    versions.set(id, { ...versions.get(id), [value.number]: value.state });
  }
  const secrets = await store.list<Secret>(SECRET_PREFIXES.secrets);
  return Object.fromEntries(
    secrets.map(({ key, value }) => {
      const id = key.slice(SECRET_PREFIXES.secrets.length);
      const numbered = versions.get(id) ?? {};
      const aliases = Object.entries(value.versionAliases).flatMap(([alias, number]) => {
        const state = numbered[number];
        return state === undefined ? [] : [[alias, state] as const];
      });
      const [project = '', secret = ''] = id.split('/');
      return [secretName(project, secret), { ...numbered, ...Object.fromEntries(aliases) }];
    }),
  );
}

async function listedRuns(store: SourceRooms['store']): Promise<readonly ListedRun[]> {
  const rows = async <Spec>(
    kind: RunKind,
    { all }: { readonly all: string },
    of: (spec: Spec) => InstanceTemplate,
    isOpen: (spec: Spec) => boolean = () => false,
  ) =>
    (await store.list<WrittenRecord<Spec>>(all)).map(({ value }): ListedRun => {
      const { project, location, name, spec } = value;
      const template = of(spec);
      return {
        ...{ kind, project, location, name },
        resource: runResourceName(kind, project, location, name),
        serviceAccount: template.serviceAccount,
        images: template.containers.map(({ image }) => image),
        secrets: secretUses(kind, template).map((use, index) => ({
          name: use.name,
          version: use.version,
          env: `SECRET_${index + 1}`,
        })),
        ...(isOpen(spec) && { invokerIamDisabled: true }),
      };
    });
  const all = await Promise.all([
    rows<ServiceSpec>(
      'service',
      collections.services,
      ({ template }) => template,
      ({ invokerIamDisabled }) => invokerIamDisabled === true,
    ),
    rows<JobSpec>('job', collections.jobs, ({ template }) => template.task),
    rows<WorkerPoolSpec>('workerPool', collections.workerPools, ({ template }) => template),
  ]);
  return all
    .flat()
    .sort((one, other) => (one.project < other.project ? -1 : one.project > other.project ? 1 : 0));
}

/** The admin call: `POST /v1/inventory` takes `{}` and answers the contents. */
export function contentsCalls(
  rooms: SourceRooms,
  source: Source,
): Readonly<Record<string, (body: JsonObject) => Promise<unknown>>> {
  return { 'POST /v1/inventory': () => contentsOf(rooms, source) };
}
