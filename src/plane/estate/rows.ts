/** Which rows of the store an estate is made of, and which lie below a project. */
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
  policies: 'policies/',
} as const;

export const ESTATE_PREFIXES: readonly string[] = Object.values(PREFIX);

/** What lies in a repository: copied as well where repositories may be removed. */
export const CONTENT_PREFIXES: readonly string[] = ['manifests/', 'tags/', 'blob-links/', 'referrers/'];

/** Prefixes whose keys go on with a project's id and a slash. */
const BELOW_PROJECT: readonly string[] = [
  PREFIX.repositories,
  ...CONTENT_PREFIXES,
  'run/services/',
  'run/revisions/',
  'run/operations/',
  'run/pending/',
  'artifact-registry-operations/projects/',
  'log/',
  'log-names/',
];

/** The keys of everything that lies below a project, apart from its accounts and policies. */
export async function keysBelowProject(store: Pick<Store, 'list'>, project: string): Promise<string[]> {
  const rows = await Promise.all(BELOW_PROJECT.map((prefix) => store.list(`${prefix}${project}/`)));
  return rows.flat().map(({ key }) => key);
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
