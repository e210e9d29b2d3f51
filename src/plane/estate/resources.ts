/** The resources that an estate names, with the bindings that it wants on each. */
import {
  defaultComputeAccount,
  folderName,
  isRegion,
  isServiceName,
  organizationName,
  projectName,
  type ResourceName,
  type RunKind,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountEmail,
  serviceAccountName,
} from '../../names/index.js';
import type { AuditConfigs, Estate, Iam, ProjectEntry, RunEntry, TagKeyEntry, Tags } from './estate.js';
import { type Place, type Problems, within } from './problems.js';
import type { Rooms } from './rooms.js';
import { PREFIX } from './rows.js';

export interface EstateResource {
  readonly resource: ResourceName;
  /** The row that the resource is; for a Cloud Run service, its policy's. */
  readonly key: string;
  readonly place: Place;
  readonly iam: Iam;
  /** Attached to it. */
  readonly tags: Tags;
  /** Of projects, folders and the organization alone. */
  readonly auditConfigs?: AuditConfigs;
  /** False where the estate keeps away what comes by itself. */
  readonly defaults: boolean;
}

/** Those that could not be built, because something about them is a problem, are left out. */
export async function estateResources(
  { organization, folders, projects }: Estate,
  rooms: Rooms,
  problems: Problems,
): Promise<EstateResource[]> {
  const below = await Promise.all(projects.map((project) => projectResources(project, rooms, problems)));
  return [
    ...(organization
      ? [
          {
            ...organization,
            resource: organizationName(organization.id),
            key: PREFIX.organizations + organization.id,
          },
        ]
      : []),
    ...folders.map((folder) => ({
      ...folder,
      resource: folderName(folder.id),
      key: PREFIX.folders + folder.id,
      defaults: true,
    })),
    ...below.flat(),
    ...(organization
      ? await tagResources(organization.tagKeys, `organizations/${organization.id}`, rooms)
      : []),
  ].map(({ resource, key, place, iam, tags, auditConfigs = [], defaults }) => ({
    ...{ resource, key, place, iam, tags, auditConfigs, defaults },
  }));
}

/** The resource of a tag key or value. @param path e.g. `tagKeys/1` */
export const tagName = (path: string): ResourceName => `//cloudresourcemanager.googleapis.com/${path}`;

/** The keys of an organization or a project, and their values. @param parent e.g. `projects/P` */
async function tagResources(
  entries: readonly TagKeyEntry[],
  parent: string,
  { access: { tags } }: Rooms,
): Promise<EstateResource[]> {
  const found: EstateResource[] = [];
  for (const entry of entries) {
    const key = await tags.keys.named(parent, entry.id);
    if (!key) continue;
    const rest = { tags: [], defaults: true };
    const { place, iam } = entry;
    found.push({ resource: tagName(`tagKeys/${key.id}`), key: PREFIX.tagKeys + key.id, place, iam, ...rest });
    for (const { id: shortName, ...own } of entry.values) {
      const value = await tags.values.named(`tagKeys/${key.id}`, shortName);
      if (!value) continue;
      const resource = tagName(`tagValues/${value.id}`);
      found.push({ resource, key: PREFIX.tagValues + value.id, place: own.place, iam: own.iam, ...rest });
    }
  }
  return found;
}

async function projectResources(
  project: ProjectEntry,
  rooms: Rooms,
  problems: Problems,
): Promise<EstateResource[]> {
  const { store, access, registry } = rooms;
  const { id, place, iam, tags, auditConfigs, defaults } = project;
  const stored = await access.projects.get(id);
  if (stored?.projectId !== id) return [];
  const accounts = [...project.accounts, ...(project.defaultAccount ? [project.defaultAccount] : [])];
  const repositories = await Promise.all(
    project.repositories.map(async (entry): Promise<EstateResource[]> => {
      const name = { project: id, location: entry.location, repository: entry.id };
      if (!(await registry.repositories.get(name))) return [];
      const resource = repositoryName(id, entry.location, entry.id);
      const key = `${PREFIX.repositories}${id}/${entry.location}/${entry.id}`;
      return [{ resource, key, ...ofEntry(entry) }];
    }),
  );
  const built = await Promise.all(
    project.secrets.map(async (entry): Promise<EstateResource[]> => {
      const key = `${PREFIX.secrets}${id}/${entry.id}`;
      if (!(await store.get(key))) return [];
      return [{ resource: secretName(id, entry.id), key, ...ofEntry(entry) }];
    }),
  );
  return [
    { resource: projectName(id), key: PREFIX.projects + id, place, iam, tags, auditConfigs, defaults },
    ...accounts.map((entry): EstateResource => {
      const email =
        entry.id === undefined ? defaultComputeAccount(stored.number) : serviceAccountEmail(entry.id, id);
      const resource = serviceAccountName(id, email);
      return { resource, key: PREFIX.accounts + email, ...ofEntry(entry) };
    }),
    ...repositories.flat(),
    ...built.flat(),
    ...project.run.flatMap((entry) => runResource(entry, id, problems)),
    ...(await tagResources(project.tagKeys, `projects/${id}`, rooms)),
  ];
}

const ofEntry = ({ place, iam, tags }: Pick<EstateResource, 'place' | 'iam' | 'tags'>) =>
  ({ place, iam, tags, defaults: true }) as const;

/** What the kinds are called in what is wrong with them. */
export const RUN_NAMES: Readonly<Record<RunKind, string>> = {
  service: 'Cloud Run service',
  job: 'Cloud Run job',
  workerPool: 'Cloud Run worker pool',
};

function runResource(entry: RunEntry, project: string, problems: Problems): EstateResource[] {
  const { kind, id, location, place } = entry;
  if (!isServiceName(id)) problems.add(within(place, 'id'), `"${id}" is no name of a ${RUN_NAMES[kind]}.`);
  else if (!isRegion(location)) problems.add(within(place, 'location'), `"${location}" is no region.`);
  else {
    const resource = runResourceName(kind, project, location, id);
    return [{ resource, key: PREFIX.policies + resource, ...ofEntry(entry) }];
  }
  return [];
}
