/** A plane's rooms as a source of facts: what its own decisions go by, one thing at a time. */
import { type AccessControl, isEnabled, isServing, isUsable } from '../../access/index.js';
import type {
  AccountFacts,
  BoundaryFacts,
  CustomerFacts,
  Known,
  ManifestFact,
  ProjectFacts,
  RunResourceFacts,
  SecretFact,
  Source,
} from '../../checkpoint/index.js';
import {
  collections,
  type InstanceTemplate,
  type JobSpec,
  type ServiceSpec,
  type WorkerPoolSpec,
  type WrittenRecord,
} from '../../deployments/index.js';
import { GoogleError } from '../../google/index.js';
import { type CompiledBoundaries, type Policy, predefinedRoles, type Question } from '../../iam/index.js';
import type { Accounts } from '../../identity/index.js';
import {
  ANONYMOUS,
  type ImageReference,
  memberOf,
  normalizeMember,
  policyHolder,
  principalOfEmail,
  projectName,
  projectOf,
  type ResourceName,
  RUN_COLLECTION,
  type RunKind,
  splitResource,
} from '../../names/index.js';
import type { Puller, Repositories, Repository } from '../../registry/index.js';
import type { SecretVersions } from '../../secrets/index.js';
import type { Store } from '../../store/index.js';

export interface SourceRooms {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: { readonly accounts: Pick<Accounts, 'get'> };
  readonly registry: { readonly repositories: Pick<Repositories, 'get'>; readonly prober: Puller };
  readonly secrets: { readonly versions: Pick<SecretVersions, 'get'> };
  readonly clock: () => Date;
}

/** Nobody in particular: of a question, only what does not depend on who asks is read. */
const ANYBODY = ANONYMOUS;
const REGISTRY = 'artifactregistry.googleapis.com';
const SECRETS = 'secretmanager.googleapis.com';

/**
 * While changes propagate, these are the facts that are in effect.
 * @param name for people
 */
export function roomsSource(name: string, rooms: SourceRooms): Source {
  const { access, identity } = rooms;
  const decisive = (resource: ResourceName): Promise<Question> =>
    access.question(ANYBODY, 'resourcemanager.projects.get', resource, rooms.clock());
  return {
    name,
    // Those of the plane may be newer than the ones that came with the program.
    ownRoles: !sameRoles(access),
    project: (id) => projectFacts(id, access),
    async policy(resource) {
      if (await isDeletedFolder(resource, access)) return NO_POLICY;
      const { resource: canonical, levels } = await decisive(resource);
      const own = levels.find((level) => level.resource === policyHolder(canonical));
      return own === undefined || own.policy === 'unreadable' ? NO_POLICY : own.policy.source;
    },
    async denyPolicies(resource) {
      if (await isDeletedFolder(resource, access)) return [];
      const { resource: canonical, deny = [] } = await decisive(resource);
      const own = deny.find((level) => level.resource === canonical);
      return own === undefined || own.policies === 'unreadable' ? [] : own.policies.source;
    },
    above: (container) => aboveContainer(container, access),
    async boundaries(place) {
      const ofOrganization = place.startsWith('organizations/');
      const { boundaries } = await decisive(
        ofOrganization ? `${RESOURCE_MANAGER}${place}` : projectName(place),
      );
      return boundaries === undefined || boundaries === 'unreadable' ? NO_BOUNDARIES : boundsOf(boundaries);
    },
    role: async (role) => (await access.rolesInEffect()).get(role) ?? 'absent',
    async memberships(principal, groups) {
      const own = new Set((await access.groups()).groupsOf(normalizeMember(memberOf(principal))));
      return new Map(groups.map((group) => [group, own.has(group)]));
    },
    tags: async (resource) => (await decisive(resource)).tags ?? [],
    async apiEnabled(id, api) {
      const project = await access.projects.get(id);
      return project !== undefined && isEnabled(project, api);
    },
    account: (email) => accountFacts(email, identity.accounts),
    customers: (email) => customersOf(email, access),
    async repository(resource) {
      const found = await repositoryAt(resource, rooms);
      if (!found) return 'absent';
      return found.mode === 'VIRTUAL_REPOSITORY'
        ? { mode: 'virtual', upstreams: upstreamsOf(found) }
        : { mode: 'standard', upstreams: [] };
    },
    manifest: (image, platform) => manifestFact(image, platform, rooms),
    secret: (resource, version) => secretFact(resource, version, rooms),
    runResource: (resource) => runFacts(resource, rooms.store),
  };
}

const RESOURCE_MANAGER = '//cloudresourcemanager.googleapis.com/';
const NO_POLICY: Policy = { version: 1, etag: 'ACAB', bindings: [] };
const NO_BOUNDARIES: BoundaryFacts = { policies: [], bindings: [] };

/** Custom roles are asked for in any case. */
function sameRoles({ roles }: AccessControl): boolean {
  return predefinedRoles.list().every((role) => roles.get(role.name) === role);
}

async function aboveContainer(
  container: ResourceName,
  access: AccessControl,
): Promise<Known<readonly ResourceName[]>> {
  const { path } = splitResource(container);
  const [kind, id = ''] = path.split('/');
  const found = kind === 'folders' ? await access.folders.get(id) : await access.organizations.get(id);
  if (found === undefined) return { unknown: true, why: `there is no ${path}` };
  const [, ...above] = await access.levels(container);
  return above.map(({ resource }) => resource);
}

async function projectFacts(id: string, access: AccessControl): Promise<Known<ProjectFacts | 'absent'>> {
  const project = await access.projects.get(id);
  if (!project) return 'absent';
  const [, ...above] = await access.levels(projectName(project.projectId));
  return {
    projectId: project.projectId,
    number: project.number,
    above: above.map(({ resource }) => resource),
    active: isUsable(project),
  };
}

/** Nothing is inherited from it. */
async function isDeletedFolder(resource: ResourceName, { folders }: AccessControl): Promise<boolean> {
  const [, id] = /^\/\/cloudresourcemanager\.googleapis\.com\/folders\/(\d+)$/.exec(resource) ?? [];
  const folder = id === undefined ? undefined : await folders.get(id);
  return folder !== undefined && !isUsable(folder);
}

/** What was compiled, as it is written. */
function boundsOf({ byTarget }: CompiledBoundaries): BoundaryFacts {
  const all = [...byTarget].flatMap(([target, bounds]) => bounds.map((bound) => ({ target, ...bound })));
  const policies = all.map(({ policy, rules, version }) => ({
    name: policy,
    rules,
    enforcementVersion: version,
  }));
  return {
    policies: [...new Map(policies.map((policy) => [policy.name, policy])).values()],
    bindings: all.map(({ binding, target, policy, condition }) => ({
      name: binding,
      target,
      policy,
      ...(condition === undefined ? {} : { condition: condition.source }),
    })),
  };
}

async function accountFacts(
  email: string,
  accounts: Pick<Accounts, 'get'>,
): Promise<AccountFacts | 'absent'> {
  const account = await accounts.get(email);
  if (!account) return 'absent';
  const { project, kind, disabled } = account;
  return { project, isAgent: kind === 'agent', disabled };
}

async function customersOf(email: string, access: AccessControl): Promise<readonly CustomerFacts[]> {
  const facts = await access.facts(principalOfEmail(email));
  const [customer] = facts?.customers ?? [];
  const [organization] = facts?.containers ?? [];
  return customer === undefined || organization === undefined ? [] : [{ customer, organization }];
}

async function repositoryAt(resource: ResourceName, { access, registry }: SourceRooms) {
  const [, named, location, repository] =
    /^projects\/([^/]+)\/locations\/([^/]+)\/repositories\/([^/]+)$/.exec(splitResource(resource).path) ?? [];
  if (named === undefined || location === undefined || repository === undefined) return undefined;
  const project = await access.projects.get(named);
  return project && registry.repositories.get({ project: project.projectId, location, repository });
}

/** As pulls ask them: those of the highest priority first. */
function upstreamsOf({ upstreamPolicies = [] }: Repository): ResourceName[] {
  return upstreamPolicies
    .toSorted((a, b) => b.priority - a.priority)
    .map(({ repository }): ResourceName => `//artifactregistry.googleapis.com/${repository}`);
}

async function manifestFact(
  image: ImageReference,
  platform: string,
  { access, registry, clock }: SourceRooms,
): Promise<ManifestFact> {
  if (image.registry === 'docker-hub') {
    return { unknown: true, why: 'a plane does not know what Docker Hub has: the pull will tell' };
  }
  const { project, location, repository } = image;
  const result = await registry.prober.pull(image, ANYBODY, platform, clock());
  if (result.ok) return 'present';
  switch (result.failure.kind) {
    case 'missing':
      return 'missing';
    case 'platform':
      return { wrongPlatform: result.failure.mediaType };
    case 'invalid':
      return { unknown: true, why: `the image cannot be read: ${result.failure.message}` };
    case 'forbidden': {
      const serves = isServing(await access.projects.get(project), REGISTRY);
      const why = serves
        ? `there is no repository ${repository} of ${project} in ${location}`
        : `${REGISTRY} is not enabled in ${project}`;
      return { unknown: true, why };
    }
  }
}

async function secretFact(
  resource: ResourceName,
  version: string,
  { access, secrets, clock }: SourceRooms,
): Promise<SecretFact> {
  const project = await access.projects.get(projectOf(resource) ?? '');
  if (!project || !isServing(project, SECRETS)) {
    return { unknown: true, why: `${SECRETS} is not enabled in ${projectOf(resource) ?? resource}` };
  }
  const secret = resource.slice(resource.lastIndexOf('/') + 1);
  const id = { project: project.projectId, projectNumber: project.number, secret };
  try {
    return (await secrets.versions.get(id, version, clock())).state === 'ENABLED' ? 'present' : 'missing';
  } catch (error) {
    if (error instanceof GoogleError) return 'missing';
    throw error;
  }
}

/** By the collection's name in resource names. */
const RUN_KINDS = new Map(
  Object.entries(RUN_COLLECTION).map(([kind, collection]) => [collection as string, kind as RunKind]),
);

async function runFacts(resource: ResourceName, store: Store): Promise<Known<RunResourceFacts | 'absent'>> {
  const [, project, location, collection, name] =
    /^projects\/([^/]+)\/locations\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(splitResource(resource).path) ?? [];
  const kind = RUN_KINDS.get(collection ?? '');
  if (project === undefined || location === undefined || name === undefined || kind === undefined)
    return 'absent';
  const key = { project, location, name };
  const template = await templateAt(kind, key, store);
  if (!template) return 'absent';
  const { serviceAccount, containers } = template;
  const open = kind === 'service' && (await isOpenToAll(key, store));
  return {
    serviceAccount,
    images: containers.map(({ image }) => image),
    ...(open && { invokerIamDisabled: true }),
  };
}

async function isOpenToAll(key: Key, store: Pick<Store, 'get'>): Promise<boolean> {
  const service = await store.get<WrittenRecord<ServiceSpec>>(collections.services.at(key));
  return service?.value.spec.invokerIamDisabled === true;
}

type Key = Parameters<typeof collections.services.at>[0];

/** What runs in a Cloud Run resource; undefined when there is none. */
export async function templateAt(
  kind: RunKind,
  key: Key,
  store: Pick<Store, 'get'>,
): Promise<InstanceTemplate | undefined> {
  switch (kind) {
    case 'service':
      return (await store.get<WrittenRecord<ServiceSpec>>(collections.services.at(key)))?.value.spec.template;
    case 'job':
      return (await store.get<WrittenRecord<JobSpec>>(collections.jobs.at(key)))?.value.spec.template.task;
    case 'workerPool':
      return (await store.get<WrittenRecord<WorkerPoolSpec>>(collections.workerPools.at(key)))?.value.spec
        .template;
  }
}
