/**
 * A folder of policies, one file each as `gcloud … get-iam-policy … --format json|yaml > FILE` writes it. Where the
 * file lies says whose policy it is:
 *
 *     organizations/NUMBER.json                                folders/NUMBER.json
 *     projects/P.json                                          projects/P/serviceAccounts/EMAIL.json
 *     projects/P/repositories/LOCATION/NAME.json               projects/P/secrets/NAME.json
 *     projects/P/services/REGION/NAME.json, jobs/…, workerPools/…
 */
import {
  folderName,
  organizationName,
  projectName,
  type ResourceName,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
} from '../../names/index.js';

export interface PlacedPolicy {
  readonly resource: ResourceName;
  readonly type: string;
}

type Place = readonly [RegExp, string, (...parts: string[]) => ResourceName];

const PLACES: readonly Place[] = [
  [/^organizations\/(\d+)$/, 'cloudresourcemanager.googleapis.com/Organization', organizationName],
  [/^folders\/(\d+)$/, 'cloudresourcemanager.googleapis.com/Folder', folderName],
  [/^projects\/([^/]+)$/, 'cloudresourcemanager.googleapis.com/Project', projectName],
  [
    /^projects\/([^/]+)\/serviceAccounts\/([^/]+)$/,
    'iam.googleapis.com/ServiceAccount',
    (project = '', email = '') => serviceAccountName(project, email),
  ],
  [
    /^projects\/([^/]+)\/repositories\/([^/]+)\/([^/]+)$/,
    'artifactregistry.googleapis.com/Repository',
    (project = '', location = '', name = '') => repositoryName(project, location, name),
  ],
  [
    /^projects\/([^/]+)\/secrets\/([^/]+)$/,
    'secretmanager.googleapis.com/Secret',
    (project = '', name = '') => secretName(project, name),
  ],
  [
    /^projects\/([^/]+)\/services\/([^/]+)\/([^/]+)$/,
    'run.googleapis.com/Service',
    (project = '', region = '', name = '') => runResourceName('service', project, region, name),
  ],
  [
    /^projects\/([^/]+)\/jobs\/([^/]+)\/([^/]+)$/,
    'run.googleapis.com/Job',
    (project = '', region = '', name = '') => runResourceName('job', project, region, name),
  ],
  [
    /^projects\/([^/]+)\/workerPools\/([^/]+)\/([^/]+)$/,
    'run.googleapis.com/WorkerPool',
    (project = '', region = '', name = '') => runResourceName('workerPool', project, region, name),
  ],
];

/** The layout, for messages. */
export const LAYOUT =
  'organizations/N, folders/N, projects/P, or projects/P/{serviceAccounts/EMAIL, repositories/LOCATION/NAME, secrets/NAME, services/REGION/NAME, jobs/REGION/NAME, workerPools/REGION/NAME}, each with .json or .yaml';

/** Whose policy a file is, by its path below the folder; undefined where the path does not say. */
export function placeOf(path: string): PlacedPolicy | undefined {
  const bare = path.replace(/\.(?:json|yaml|yml)(?:\.gz)?$/, '');
  for (const [pattern, type, make] of PLACES) {
    const match = pattern.exec(bare);
    if (match) return { type, resource: make(...match.slice(1)) };
  }
  return undefined;
}
