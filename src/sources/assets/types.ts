/** The types of assets that are read; of others it is only known that they are there. */

const TYPES = [
  'cloudresourcemanager.googleapis.com/Project',
  'cloudresourcemanager.googleapis.com/TagValue',
  'cloudresourcemanager.googleapis.com/TagBinding',
  'run.googleapis.com/Service',
  'run.googleapis.com/Job',
  'run.googleapis.com/WorkerPool',
  'iam.googleapis.com/ServiceAccount',
  'iam.googleapis.com/Role',
  'iam.googleapis.com/PolicyV2',
  'iam.googleapis.com/PrincipalAccessBoundaryPolicy',
  'iam.googleapis.com/PolicyBinding',
  'artifactregistry.googleapis.com/Repository',
  'artifactregistry.googleapis.com/DockerImage',
  'secretmanager.googleapis.com/Secret',
  'secretmanager.googleapis.com/SecretVersion',
  'serviceusage.googleapis.com/Service',
] as const;

export type ReadType = (typeof TYPES)[number];

const READ: ReadonlySet<string> = new Set(TYPES);

export const isReadType = (type: string): type is ReadType => READ.has(type);

/** Of these all are read before anything is asked: they tell which project is which, or are asked for by other names. */
const FIRST: ReadonlySet<string> = new Set<ReadType>([
  'cloudresourcemanager.googleapis.com/Project',
  'cloudresourcemanager.googleapis.com/TagValue',
  'cloudresourcemanager.googleapis.com/TagBinding',
  'iam.googleapis.com/ServiceAccount',
  'iam.googleapis.com/Role',
  'iam.googleapis.com/PolicyV2',
  'iam.googleapis.com/PrincipalAccessBoundaryPolicy',
  'iam.googleapis.com/PolicyBinding',
  'artifactregistry.googleapis.com/DockerImage',
]);

/** Whether what a resource's own description says must be known before anything is asked. */
export const isReadFirst = (type: string): boolean => FIRST.has(type);

export const TAG_BINDING = 'cloudresourcemanager.googleapis.com/TagBinding' satisfies ReadType;

export const SERVICE_ACCOUNT = 'iam.googleapis.com/ServiceAccount' satisfies ReadType;

/** Of these the template alone is read. */
export const isRunType = (type: string): boolean =>
  type.startsWith('run.googleapis.com/') && isReadType(type);
