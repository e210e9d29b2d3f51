/** Which: full resource names (https://cloud.google.com/iam/docs/full-resource-names) and their parts. */

/** A full resource name, e.g. `//run.googleapis.com/projects/P/locations/L/services/S`. Projects go by their id here. */
export type ResourceName = `//${string}`;

export type RunKind = 'service' | 'job' | 'workerPool';

/** The collection segment of a Cloud Run resource, as v2 spells it. */
export const RUN_COLLECTION: Readonly<Record<RunKind, string>> = {
  service: 'services',
  job: 'jobs',
  workerPool: 'workerPools',
};

export function projectName(project: string): ResourceName {
  return `//cloudresourcemanager.googleapis.com/projects/${project}`;
}
export function folderName(folder: string): ResourceName {
  return `//cloudresourcemanager.googleapis.com/folders/${folder}`;
}
export function organizationName(organization: string): ResourceName {
  return `//cloudresourcemanager.googleapis.com/organizations/${organization}`;
}
export function serviceAccountName(project: string, email: string): ResourceName {
  return `//iam.googleapis.com/projects/${project}/serviceAccounts/${email}`;
}
export function repositoryName(project: string, location: string, repository: string): ResourceName {
  return `//artifactregistry.googleapis.com/projects/${project}/locations/${location}/repositories/${repository}`;
}
export function runResourceName(
  kind: RunKind,
  project: string,
  location: string,
  name: string,
): ResourceName {
  return `//run.googleapis.com/projects/${project}/locations/${location}/${RUN_COLLECTION[kind]}/${name}`;
}

/** What runResourceName() was made of; undefined for the name of anything else. */
export function runResourceParts(
  resource: string,
): { kind: RunKind; project: string; location: string; name: string } | undefined {
  const [, project, location, collection = '', name] = RUN_RESOURCE.exec(resource) ?? [];
  const kind = RUN_KINDS.get(collection);
  if (project === undefined || location === undefined || name === undefined || kind === undefined)
    return undefined;
  return { kind, project, location, name };
}

const RUN_RESOURCE =
  /^\/\/run\.googleapis\.com\/projects\/([^/]+)\/locations\/([^/]+)\/([a-zA-Z]+)\/([^/]+)$/;
const RUN_KINDS: ReadonlyMap<string, RunKind> = new Map(
  (Object.keys(RUN_COLLECTION) as RunKind[]).map((kind) => [RUN_COLLECTION[kind], kind]),
);

export function secretName(project: string, secret: string): ResourceName {
  return `//secretmanager.googleapis.com/projects/${project}/secrets/${secret}`;
}
/** @param version a number, `latest` or an alias: whatever the caller named */
export function secretVersionName(project: string, secret: string, version: string): ResourceName {
  return `${secretName(project, secret)}/versions/${version}`;
}

/** The resource whose own policy decides: a version of a secret has none, its secret has. */
export function policyHolder(name: ResourceName): ResourceName {
  if (!name.startsWith('//secretmanager.googleapis.com/')) return name;
  const [, secret] = /^(\/\/secretmanager\.googleapis\.com\/.+)\/versions\/[^/]+$/.exec(name) ?? [];
  return (secret ?? name) as ResourceName;
}

/** The API host and the path of a full resource name. */
export function splitResource(name: ResourceName): { service: string; path: string } {
  const slash = name.indexOf('/', 2);
  return slash < 0
    ? { service: name.slice(2), path: '' }
    : { service: name.slice(2, slash), path: name.slice(slash + 1) };
}

const PROJECTS = 'projects/';

/** The project a resource lies in, or undefined for folders and organizations. */
export function projectOf(name: ResourceName): string | undefined {
  const start = name.indexOf('/', 2) + 1;
  if (start === 0 || !name.startsWith(PROJECTS, start)) return undefined;
  const end = name.indexOf('/', start + PROJECTS.length);
  const project = end < 0 ? name.slice(start + PROJECTS.length) : name.slice(start + PROJECTS.length, end);
  return project === '' ? undefined : project;
}

/**
 * The resource whose policy is inherited next: the project for everything inside one.
 * A project's own parent is stored with the project, so the answer there is undefined.
 */
export function parentInProject(name: ResourceName): ResourceName | undefined {
  const project = projectOf(name);
  if (project === undefined) return undefined;
  const parent = projectName(project);
  return parent === name ? undefined : parent;
}
