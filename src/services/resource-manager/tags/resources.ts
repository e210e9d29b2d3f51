/** What tags can be attached to (https://cloud.google.com/resource-manager/docs/tags/tags-supported-services). */
import { findContainer } from '../../../access/index.js';
import type { Deployments } from '../../../deployments/index.js';
import { badField, invalidArgument, notFound } from '../../../google/index.js';
import type { Identity } from '../../../identity/index.js';
import { type ResourceName, serviceAccountName, splitResource } from '../../../names/index.js';
import type { Registry } from '../../../registry/index.js';
import type { SecretRoom } from '../../../secrets/index.js';
import type { ResourceManagerDeps } from '../deps.js';

/** The rooms whose resources tags can be attached to, beside projects and what holds them. */
export interface TaggableRooms {
  readonly identity: Pick<Identity, 'accounts'>;
  readonly registry: Pick<Registry, 'repositories'>;
  readonly secrets: Pick<SecretRoom, 'secrets'>;
  readonly deployments: Pick<Deployments, 'get' | 'jobs'>;
}

export interface TagDeps extends ResourceManagerDeps {
  /** Left out where there are projects, folders and organizations alone. */
  readonly taggable?: TaggableRooms;
}

/** A resource that a call names; it need not exist. */
export interface Taggable {
  /** By the names that policies go by: projects by id, service accounts by address. */
  readonly resource: ResourceName;
  /** As answers spell it: projects by number, service accounts by unique id. */
  readonly name: ResourceName;
  /** What the permissions on its bindings begin with, e.g. `run.services`. */
  readonly permissions: string;
  /** Where it lies, when its bindings are made at `LOCATION-cloudresourcemanager.googleapis.com`. */
  readonly location?: string;
  /** Whose log it is: a project (id), `folders/N` or `organizations/N`. */
  readonly container: string;
  readonly exists: () => Promise<boolean>;
}

const CONTAINERS = /^\/\/cloudresourcemanager\.googleapis\.com\/((projects|folders|organizations)\/[^/]+)$/;
const IN_PROJECT = /^\/\/([a-z]+)\.googleapis\.com\/projects\/([^/]+)\/(.+)$/;

/**
 * Finds what a full resource name names.
 * @throws GoogleError INVALID_ARGUMENT for what is no full resource name, and for kinds that have no tags
 */
export async function taggable(deps: TagDeps, fullName: string, field = 'parent'): Promise<Taggable> {
  const [, path, collection] = CONTAINERS.exec(fullName) ?? [];
  if (path !== undefined && collection !== undefined) return container(deps, path);
  const [, service = '', project = '', rest = ''] = IN_PROJECT.exec(fullName) ?? [];
  const kind = KINDS.find((candidate) => candidate.service === service && candidate.form.test(rest));
  if (!kind) {
    if (!/^\/\/[a-z0-9.-]+\/\S+$/.test(fullName))
      throw badField(field, `"${fullName}" is no full resource name.`);
    throw badField(field, `Tags cannot be attached to ${fullName}: its kind of resource supports none here.`);
  }
  return inProject(deps, kind, project, rest);
}

async function container({ access }: TagDeps, path: string): Promise<Taggable> {
  const asked = path.replace(/^projects\//, '');
  const found = await findContainer(access, asked);
  const project = path.startsWith('projects/') ? await access.projects.get(asked) : undefined;
  const spelled = (id: string) => `//cloudresourcemanager.googleapis.com/${id}` as const;
  return {
    resource: spelled(project ? `projects/${project.projectId}` : path),
    name: spelled(project ? `projects/${project.number}` : path),
    permissions: 'resourcemanager.hierarchyNodes',
    container: found ?? asked,
    exists: async () => found !== undefined,
  };
}

/** A kind of resource that lies in projects. */
interface Kind {
  readonly service: string;
  /** What follows the project. */
  readonly form: RegExp;
  readonly permissions: string;
  readonly exists: (rooms: TaggableRooms, project: string, parts: readonly string[]) => Promise<boolean>;
}

/** Rooms refuse what is not there. */
const found = (looked: Promise<unknown>): Promise<boolean> =>
  looked.then(
    (value) => value !== undefined,
    () => false,
  );

const KINDS: readonly Kind[] = [
  {
    service: 'run',
    form: /^locations\/[a-z0-9-]+\/services\/[^/]+$/,
    permissions: 'run.services',
    exists: ({ deployments }, project, [, location = '', , name = '']) =>
      found(deployments.get({ project, location, name })),
  },
  {
    service: 'run',
    form: /^locations\/[a-z0-9-]+\/jobs\/[^/]+$/,
    permissions: 'run.jobs',
    exists: ({ deployments }, project, [, location = '', , name = '']) =>
      found(deployments.jobs.get({ project, location, name })),
  },
  {
    service: 'artifactregistry',
    form: /^locations\/[a-z0-9-]+\/repositories\/[^/]+$/,
    permissions: 'artifactregistry.repositories',
    exists: ({ registry }, project, [, location = '', , repository = '']) =>
      found(registry.repositories.get({ project, location, repository })),
  },
  {
    service: 'secretmanager',
    form: /^secrets\/[^/]+$/,
    permissions: 'secretmanager.secrets',
    exists: ({ secrets }, project, [, secret = '']) =>
      found(secrets.secrets.row({ project, secret }, new Date(0))),
  },
  {
    service: 'iam',
    form: /^serviceAccounts\/[^/]+$/,
    permissions: 'iam.serviceAccounts',
    exists: ({ identity }, _, [, email = '']) => found(identity.accounts.get(email)),
  },
];

async function inProject(deps: TagDeps, kind: Kind, given: string, rest: string): Promise<Taggable> {
  const project = await deps.access.projects.get(given);
  const projectId = project?.projectId ?? given;
  const parts = rest.split('/');
  const [collection, location] = parts;
  const service = `//${kind.service}.googleapis.com/projects` as const;
  const account = kind.service === 'iam' ? await accountNamed(deps, parts[1] ?? '') : undefined;
  const resource: ResourceName = account
    ? serviceAccountName(projectId, account.email)
    : `${service}/${projectId}/${rest}`;
  const number = project?.number ?? given;
  return {
    resource,
    name: `${service}/${number}/${account ? `serviceAccounts/${account.uniqueId}` : rest}`,
    permissions: kind.permissions,
    ...(collection === 'locations' && location !== undefined ? { location } : {}),
    container: projectId,
    exists: async () => {
      if (!deps.taggable) throw invalidArgument(`Tags cannot be attached to ${resource} here.`);
      const own = splitResource(resource).path.split('/').slice(2);
      return project !== undefined && kind.exists(deps.taggable, projectId, own);
    },
  };
}

/** Service accounts go by their unique ids in bindings; gcloud looks them up. */
async function accountNamed({ taggable: rooms }: TagDeps, id: string) {
  return id.includes('@') ? rooms?.identity.accounts.get(id) : rooms?.identity.accounts.byUniqueId(id);
}

/** @throws GoogleError NOT_FOUND for what is not there, INVALID_ARGUMENT for a call at another location's host */
export async function requireTaggable(resource: Taggable, location: string | undefined): Promise<void> {
  requireLocation(resource, location);
  if (!(await resource.exists())) throw notFound(`${resource.resource} not found.`);
}

/** "If you are attaching a tag to a regional resource, use the regional endpoint." */
export function requireLocation({ resource, location: own }: Taggable, called: string | undefined): void {
  if (own === called) return;
  const host = own === undefined ? '' : `${own}-`;
  throw invalidArgument(
    `The tag bindings of ${resource} are served by ${host}cloudresourcemanager.googleapis.com.`,
  );
}
