/** The keys under which the stored objects lie: `run/KIND/PROJECT/LOCATION/NAME`, whatever they are. */
import type { RunKind } from '../../names/index.js';
import type { ResourceKey } from './common.js';

/** `PROJECT/`, or `PROJECT/LOCATION/`: the beginning of a collection's keys. */
const within = (project: string, location?: string) =>
  `${project}/${location === undefined ? '' : `${location}/`}`;

const at = ({ project, location, name }: ResourceKey) => `${project}/${location}/${name}`;

/** The keys of a collection, and of what was deleted from it, which lies by name and uid until it expires. */
const collection = (name: string) => ({
  all: `run/${name}/`,
  in: (project: string, location?: string) => `run/${name}/${within(project, location)}`,
  at: (key: ResourceKey) => `run/${name}/${at(key)}`,
  deletedIn: (project: string, location?: string) => `run/deleted-${name}/${within(project, location)}`,
  deletedAt: (key: ResourceKey, uid: string) => `run/deleted-${name}/${at(key)}/${uid}`,
});

export const collections = {
  services: collection('services'),
  revisions: collection('revisions'),
  jobs: collection('jobs'),
  executions: collection('executions'),
  tasks: collection('tasks'),
  workerPools: collection('workerPools'),
  workerPoolRevisions: collection('workerPoolRevisions'),
} as const;

const { services, revisions } = collections;

export const keys = {
  services: services.in,
  service: services.at,
  revisions: (project: string, location: string) => revisions.in(project, location),
  revision: (project: string, location: string, name: string) => revisions.at({ project, location, name }),
  operations: (project: string, location?: string) => `run/operations/${within(project, location)}`,
  operation: (project: string, location: string, id: string) => `run/operations/${project}/${location}/${id}`,
  deletedServices: services.deletedIn,
  deletedService: services.deletedAt,
  deletedRevisions: (project: string, location: string) => revisions.deletedIn(project, location),
  deletedRevision: (project: string, location: string, name: string, uid: string) =>
    revisions.deletedAt({ project, location, name }, uid),
  /** One row per unfinished operation of a resource: generation → operation id. */
  pending: (kind: RunKind, key: ResourceKey) => `run/pending-${kind}/${at(key)}/`,
  pendingAt: (kind: RunKind, key: ResourceKey, generation: number) =>
    `run/pending-${kind}/${at(key)}/${String(generation).padStart(10, '0')}`,
  /** One row per unfinished operation of an execution, by the operation's id: it goes on as long as it has one. */
  executionsPending: 'run/pending-execution/',
  pendingOfExecution: (key: ResourceKey) => `run/pending-execution/${at(key)}/`,
} as const;
