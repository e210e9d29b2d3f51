/** Which rows of the store an estate is made of, and which lie below a project. */
import { projectName } from '../../names/index.js';
import { SECRET_PREFIXES } from '../../secrets/index.js';
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
  policies: 'policies/',
  customRoles: 'roles/',
} as const;

export const ESTATE_PREFIXES: readonly string[] = Object.values(PREFIX);

/** What lies in a repository: copied as well where repositories may be removed. */
export const CONTENT_PREFIXES: readonly string[] = ['manifests/', 'tags/', 'blob-links/', 'referrers/'];

/** Prefixes whose keys go on with a project's id and a slash. */
const BELOW_PROJECT: readonly string[] = [
  PREFIX.repositories,
  `${PREFIX.customRoles}projects/`,
  ...Object.values(SECRET_PREFIXES),
  ...CONTENT_PREFIXES,
  'artifact-registry-operations/projects/',
  'log/',
  'log-names/',
];
/** The deny policies of a project, folder or organization, by its full name. An estate file does not hold them. */
export const DENY_POLICIES = 'deny-policies/';
/** Cloud Run's rows: `run/KIND/PROJECT/…`, of whatever kinds there are. */
const RUN = 'run/';

/** The keys of everything that lies below a project, apart from its accounts and policies. */
export async function keysBelowProject(store: Pick<Store, 'list'>, project: string): Promise<string[]> {
  const below = BELOW_PROJECT.map((prefix) => `${prefix}${project}/`);
  const prefixes = [RUN, DENY_POLICIES + projectName(project), ...below];
  const rows = await Promise.all(prefixes.map((prefix) => store.list(prefix)));
  return rows
    .flat()
    .map(({ key }) => key)
    .filter((key) => isBelowProject(key, project));
}

export function isBelowProject(key: string, project: string): boolean {
  if (key.startsWith(RUN)) return key.split('/')[2] === project;
  if (key === DENY_POLICIES + projectName(project)) return true;
  return BELOW_PROJECT.some((prefix) => key.startsWith(`${prefix}${project}/`));
}

/** `organizations/NUMBER`. Policies are inherited from one by its number alone; the domain says whose it is. */
export interface OrganizationRow {
  readonly domain?: string;
}

/** `folders/NUMBER`. */
export interface FolderRow {
  readonly parent: string;
  readonly displayName?: string;
}
