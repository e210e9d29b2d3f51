/** What kind of thing a full resource name names, for people. */
import { projectOf, splitResource } from '../names/index.js';

export type ResourceKind =
  | 'project'
  | 'folder'
  | 'organization'
  | 'service'
  | 'job'
  | 'workerPool'
  | 'serviceAccount'
  | 'repository'
  | 'secret'
  | 'other';

const COLLECTIONS: Readonly<Record<string, ResourceKind>> = {
  projects: 'project',
  folders: 'folder',
  organizations: 'organization',
  services: 'service',
  jobs: 'job',
  workerPools: 'workerPool',
  serviceAccounts: 'serviceAccount',
  repositories: 'repository',
  secrets: 'secret',
};

/** The kind, the short name, and the project where the name alone would not say it. */
export function describe(name: string): { kind: ResourceKind; id: string; project: string | undefined } {
  if (!isResourceName(name)) return { kind: 'other', id: name, project: undefined };
  const parts = splitResource(name).path.split('/');
  const kind = COLLECTIONS[parts.at(-2) ?? ''] ?? 'other';
  const id = kind === 'other' ? name : (parts.at(-1) ?? '');
  const inProject = kind === 'repository' || kind === 'secret';
  return { kind, id, project: inProject ? projectOf(name) : undefined };
}

function isResourceName(name: string): name is `//${string}` {
  return name.startsWith('//');
}
