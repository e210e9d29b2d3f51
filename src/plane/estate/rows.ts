/** Which rows of the store an estate is made of, and which lie below a project. */
import { collections } from '../../deployments/index.js';
import { POOL_PREFIXES } from '../../identity/index.js';
import { projectName } from '../../names/index.js';
import { SECRET_PREFIXES } from '../../secrets/index.js';
import { TREE_ROW } from '../../services/index.js';
import type { Store } from '../../store/index.js';

/** Prefixes of the rows that an estate file describes. */
export const PREFIX = {
  organizations: 'organizations/',
  folders: 'folders/',
  groups: 'groups/',
  projects: 'projects/',
  projectNumbers: 'project-numbers/',
  accounts: 'accounts/',
  repositories: 'repositories/',
  secrets: SECRET_PREFIXES.secrets,
  secretVersions: SECRET_PREFIXES.versions,
  secretPayloads: SECRET_PREFIXES.payloads,
  pools: POOL_PREFIXES.pools,
  poolProviders: POOL_PREFIXES.providers,
  policies: 'policies/',
  customRoles: 'roles/',
  denyPolicies: 'deny-policies/',
  boundaries: 'boundaries/',
  tagKeys: 'tag-keys/',
  tagValues: 'tag-values/',
  /** What keys and values are found by. */
  tagNames: 'tag-names/',
  tagBindings: 'tag-bindings/',
  tagHolds: 'tag-holds/',
} as const;

/** With the rows by which changes of the hierarchy, and of boundaries, take turns. */
export const ESTATE_PREFIXES: readonly string[] = [...Object.values(PREFIX), 'boundary-changes', TREE_ROW];

/** Cloud Run resources. They change by themselves while they come up: an estate does not wait for them. */
export const RUN_PREFIXES: readonly string[] = [
  collections.services.all,
  collections.jobs.all,
  collections.workerPools.all,
];

/** What lies in a repository: copied as well where repositories may be removed. */
export const CONTENT_PREFIXES: readonly string[] = ['manifests/', 'tags/', 'blob-links/', 'referrers/'];

/** Prefixes whose keys go on with a project's id and a slash. */
const BELOW_PROJECT: readonly string[] = [
  PREFIX.repositories,
  `${PREFIX.customRoles}projects/`,
  ...Object.values(SECRET_PREFIXES),
  ...Object.values(POOL_PREFIXES),
  ...CONTENT_PREFIXES,
  'artifact-registry-operations/projects/',
  'log/',
  'log-names/',
];
/** Cloud Run's rows: `run/KIND/PROJECT/…`, of whatever kinds there are. */
const RUN = 'run/';

/** The keys of everything that lies below a project, apart from its accounts and policies. */
export async function keysBelowProject(store: Pick<Store, 'list'>, project: string): Promise<string[]> {
  const below = BELOW_PROJECT.map((prefix) => `${prefix}${project}/`);
  const prefixes = [RUN, PREFIX.denyPolicies + projectName(project), ...below];
  const rows = await Promise.all(prefixes.map((prefix) => store.list(prefix)));
  return rows
    .flat()
    .map(({ key }) => key)
    .filter((key) => isBelowProject(key, project));
}

export function isBelowProject(key: string, project: string): boolean {
  if (key.startsWith(RUN)) return key.split('/')[2] === project;
  if (key === PREFIX.denyPolicies + projectName(project)) return true;
  return BELOW_PROJECT.some((prefix) => key.startsWith(`${prefix}${project}/`));
}
