/** Facts, indexed: what an inventory answers. */
import {
  type Absent,
  type AccountFacts,
  type Inventory,
  type InventoryGroups,
  type InventoryRun,
  isUnknown,
  type Known,
  type ManifestFact,
  type ProjectFacts,
  type SecretFact,
  type Unknown,
} from '../../checkpoint/index.js';
import { type GroupDirectory, groupDirectory, type Policy } from '../../iam/index.js';
import {
  cloudRunAgent,
  type ImageReference,
  normalizeMember,
  organizationName,
  policyHolder,
  type ResourceName,
  serviceAgentOf,
} from '../../names/index.js';
import type {
  AskedContents,
  InventoryContents,
  InventoryPart,
  KeptPolicy,
  SecretVersionState,
} from './types.js';

const RUN_API = 'run.googleapis.com';
const EMPTY: Policy = { version: 1, etag: 'ACAB', bindings: [] };

/**
 * The estate of these facts.
 * @throws TypeError when a group has a member of a kind that no group can hold
 */
export function inventoryOf(contents: AskedContents): Inventory {
  const projects = projectIndex(contents.projects);
  const containers = new Containers(projects.values());
  const runs = new Map<ResourceName, InventoryRun>();
  for (const run of contents.runs) runs.set(run.resource, run);
  const found = <T>(value: T | undefined, part: InventoryPart, where: string): Known<T | Absent> =>
    value ?? contents.missing(part, where) ?? 'absent';
  const apiEnabled = (project: string, api: string): Known<boolean> =>
    contents.apis.get(project)?.has(api) === true ? true : (contents.missing('api', project) ?? false);
  return {
    name: contents.name,
    project: (id) => found(projects.get(id), 'project', id),
    policy: (resource, matters) =>
      policyOf(contents.policies.get(resource), matters) ?? contents.missing('policy', resource) ?? EMPTY,
    denyPolicies: (resource) =>
      contents.denyPolicies.get(resource) ?? contents.missing('deny-policies', resource) ?? [],
    above: (container) => containers.get(container) ?? contents.missing('container', container) ?? UNPLACED,
    boundaries: (place) => contents.missing('boundaries', place) ?? contents.boundaries,
    role: (name) => found(contents.roles.get(name), 'role', name),
    groups: inventoryGroups(contents.groups, (group) => contents.missing('members', group)),
    tags: (resource) => contents.tags.get(resource) ?? contents.missing('tags', resource) ?? [],
    apiEnabled,
    account: (email) =>
      contents.accounts.get(email) ??
      automatic(email, projects, apiEnabled) ??
      found<AccountFacts>(undefined, 'account', email),
    customers: (email) => contents.missing('customers', email) ?? [],
    repository: (resource) => found(contents.repositories.get(resource), 'repository', resource),
    manifest: (image, platform) => manifest(image, platform, contents),
    secret: (resource, version) => secret(resource, version, contents),
    runResource: (resource) => found(runs.get(resource), 'run-resource', resource),
    runs: contents.runs,
  };
}

function policyOf(
  kept: Policy | KeptPolicy | undefined,
  matters: Parameters<Inventory['policy']>[1],
): Policy | undefined {
  if (kept === undefined || 'bindings' in kept) return kept;
  return matters === undefined ? kept.whole() : (kept.only(matters) ?? EMPTY);
}

const UNPLACED: Unknown = { unknown: true, why: 'nothing says what the folder lies in' };

/** What folders and organizations lie in, by what is said of the projects in them. */
class Containers {
  readonly #projects: Iterable<ProjectFacts>;
  #above: Map<ResourceName, readonly ResourceName[]> | undefined;

  constructor(projects: Iterable<ProjectFacts>) {
    this.#projects = projects;
  }

  get(container: ResourceName): readonly ResourceName[] | undefined {
    if (container.startsWith(organizationName(''))) return [];
    this.#above ??= this.#index();
    return this.#above.get(container);
  }

  /** Made when it is first asked for, which audits never do. */
  #index(): Map<ResourceName, readonly ResourceName[]> {
    const index = new Map<ResourceName, readonly ResourceName[]>();
    for (const { above } of this.#projects) {
      if (isUnknown(above)) continue;
      for (const [place, container] of above.entries()) index.set(container, above.slice(place + 1));
    }
    return index;
  }
}

function projectIndex(projects: Iterable<ProjectFacts>): ReadonlyMap<string, ProjectFacts> {
  const index = new Map<string, ProjectFacts>();
  for (const project of projects) {
    index.set(project.projectId, project);
    if (project.number !== undefined) index.set(project.number, project);
  }
  return index;
}

/**
 * Groups that nobody told of may be unreadable, and then so is a group that holds one of them.
 * @param groups a group's address → its members
 * @param missing why the members of a group that is not among them, as a member, are not known; undefined when there
 *   are none
 * @throws TypeError when a group has a member of a kind that no group can hold
 */
export function inventoryGroups(
  groups: InventoryContents['groups'],
  missing: (group: string) => Unknown | undefined,
): InventoryGroups {
  const listed = new Set(Object.keys(groups).map((name) => `group:${name.toLowerCase()}`));
  const strangers = new Set(
    Object.values(groups)
      .flat()
      .map((member) => member.toLowerCase())
      .filter((member) => member.startsWith('group:') && !listed.has(member))
      .filter((member) => missing(member) !== undefined),
  );
  const directory: GroupDirectory = groupDirectory(groups, { unreadable: strangers });
  const isReadable = (group: string) =>
    directory.isReadable(group) && (listed.has(group) || missing(group) === undefined);
  return {
    groupsOf: directory.groupsOf,
    isReadable,
    membersOf: (group) => (listed.has(group) && isReadable(group) ? membersIn(group, groups) : undefined),
    why: (group) => missing(group)?.why ?? `a group in ${group} could not be read`,
  };
}

/** The users and service accounts in a group, through any depth of nesting. */
function membersIn(group: string, groups: InventoryContents['groups']): readonly string[] {
  const byName = new Map(
    Object.entries(groups).map(([name, members]) => [`group:${name.toLowerCase()}`, members]),
  );
  const found = new Set<string>();
  const seen = new Set<string>([group]);
  for (const each of seen) {
    for (const member of byName.get(each) ?? []) {
      const name = normalizeMember(member);
      if (name.startsWith('group:')) seen.add(name);
      else if (!name.startsWith('deleted:')) found.add(name);
    }
  }
  return [...found];
}

/**
 * Cloud Run's service agent is there once its API is enabled
 * (https://cloud.google.com/iam/docs/service-agents); exports do not list agents.
 */
function automatic(
  email: string,
  projects: ReadonlyMap<string, ProjectFacts>,
  apiEnabled: (project: string, api: string) => Known<boolean>,
): AccountFacts | undefined {
  const number = serviceAgentOf(email)?.projectNumber;
  const project = number === undefined ? undefined : projects.get(number);
  if (number === undefined || project === undefined || email !== cloudRunAgent(number)) return undefined;
  if (apiEnabled(project.projectId, RUN_API) !== true) return undefined;
  return { project: project.projectId, isAgent: true, disabled: false };
}

function manifest(
  image: ImageReference,
  platform: string,
  { images, missing }: Pick<InventoryContents, 'images' | 'missing'>,
): ManifestFact {
  const found = images.get(image.text);
  if (found === undefined) return missing('image', image.text) ?? 'missing';
  if (found.platforms === undefined) return UNSAID_PLATFORM;
  return found.platforms.includes(platform) ? 'present' : { wrongPlatform: found.mediaType };
}

const UNSAID_PLATFORM: ManifestFact = {
  unknown: true,
  why: 'the image is there; for which platform is not said',
};

function secret(
  resource: ResourceName,
  version: string,
  contents: Pick<AskedContents, 'secrets' | 'missing'>,
): SecretFact {
  const versions = contents.secrets.get(policyHolder(resource));
  if (versions === undefined) return contents.missing('secret', resource) ?? 'missing';
  const state = version === 'latest' ? latest(versions) : versions.get(version);
  if (state !== undefined) return state === 'ENABLED' ? 'present' : 'missing';
  const unknown =
    isNumber(version) || version === 'latest' ? undefined : contents.missing('secret', resource);
  return unknown ?? contents.missing('secret', `${resource}/versions/${version}`) ?? 'missing';
}

const isNumber = (version: string): boolean => /^\d+$/.test(version);

/** The state of the version with the highest number. */
function latest(versions: ReadonlyMap<string, SecretVersionState>): SecretVersionState | undefined {
  let highest = 0;
  for (const version of versions.keys()) {
    if (isNumber(version)) highest = Math.max(highest, Number(version));
  }
  return versions.get(String(highest));
}
