/** What Terraform's IAM resources grant on: `google_…_iam_member`, `_iam_binding` and `_iam_policy` of each kind. */
import {
  folderName,
  organizationName,
  projectName,
  type ResourceName,
  type RunKind,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
} from '../../names/index.js';
import type { ResourceChange } from './document.js';
import { textOf } from './json.js';
import type { Resolver } from './resolver.js';

export type IamForm = 'member' | 'binding' | 'policy';

/** A reader of attributes: after apply, or as they were before. */
export type Read = (attribute: string) => string | undefined;

const LAST = (text: string | undefined) => text?.slice(text.lastIndexOf('/') + 1);

function inProject(
  name: string | undefined,
  collection: string,
  make: (project: string, location: string, id: string) => ResourceName,
): (read: Read) => ResourceName | undefined {
  return (read) => {
    const text = name === undefined ? undefined : read(name);
    if (text === undefined) return undefined;
    const [, theirs, where, id] =
      new RegExp(`^projects/([^/]+)(?:/locations/([^/]+))?/${collection}/([^/]+)$`).exec(text) ?? [];
    const project = theirs ?? read('project');
    const location = where ?? read('location') ?? '';
    return project === undefined ? undefined : make(project, location, id ?? text);
  };
}

const run = (attribute: string, kind: RunKind, collection: string) =>
  inProject(attribute, collection, (project, location, id) => runResourceName(kind, project, location, id));

function serviceAccount(read: Read): ResourceName | undefined {
  const email = LAST(read('service_account_id'));
  const [, project] = /^projects\/([^/]+)\//.exec(read('service_account_id') ?? '') ?? [];
  if (email === undefined) return undefined;
  const home =
    project === undefined || project === '-' ? /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] : project;
  return home === undefined ? undefined : serviceAccountName(home, email);
}

/** By what stands before `_iam_member` and the like. */
const TARGETS: Readonly<Record<string, (read: Read) => ResourceName | undefined>> = {
  google_project: (read) => {
    const project = read('project')?.replace(/^projects\//, '');
    return project === undefined ? undefined : projectName(project);
  },
  google_folder: (read) => {
    const folder = LAST(read('folder'));
    return folder === undefined ? undefined : folderName(folder);
  },
  google_organization: (read) => {
    const organization = LAST(read('org_id'));
    return organization === undefined ? undefined : organizationName(organization);
  },
  google_service_account: serviceAccount,
  google_artifact_registry_repository: inProject('repository', 'repositories', repositoryName),
  google_secret_manager_secret: inProject('secret_id', 'secrets', (project, _, id) =>
    secretName(project, id),
  ),
  google_cloud_run_service: run('service', 'service', 'services'),
  google_cloud_run_v2_service: run('name', 'service', 'services'),
  google_cloud_run_v2_job: run('name', 'job', 'jobs'),
  google_cloud_run_v2_worker_pool: run('name', 'workerPool', 'workerPools'),
};

/** The form of an IAM resource, and the type of resource that it grants on; undefined for everything else. */
export function iamType(type: string): { readonly form: IamForm; readonly on: string } | undefined {
  const [, on, form] = /^(google_.+)_iam_(member|binding|policy)$/.exec(type) ?? [];
  if (on === undefined || !Object.hasOwn(TARGETS, on)) return undefined;
  if (form !== 'member' && form !== 'binding' && form !== 'policy') return undefined;
  return { form, on };
}

/** Reads what will be, with the defaults of the provider. */
export function readAfter(change: ResourceChange, resolver: Resolver): Read {
  return (attribute) => {
    if (attribute === 'project') return resolver.project(change);
    if (attribute === 'location') return resolver.location(change);
    return resolver.text(change, [attribute]);
  };
}

export function readBefore({ before }: ResourceChange): Read {
  return (attribute) => textOf(before[attribute]);
}

/** The resource whose policy an IAM resource writes; undefined when it is not known. */
export function iamTarget(on: string, read: Read): ResourceName | undefined {
  return TARGETS[on]?.(read);
}
