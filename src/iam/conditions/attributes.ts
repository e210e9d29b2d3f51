/** Which resource attributes a condition finds, by service. */
import { policyHolder, type ResourceName, splitResource } from '../../names/index.js';
import type { ConditionFacts } from './types.js';

export type ResourceAttribute = 'resource.service' | 'resource.type' | 'resource.name';

export interface ResourceAttributes {
  readonly values: Readonly<Partial<Record<ResourceAttribute, string>>>;
  /** Attributes that Google provides here but whose value we do not know. */
  readonly unknown: readonly ResourceAttribute[];
}

const NONE: ResourceAttributes = { values: {}, unknown: [] };
const ALL_UNKNOWN: ResourceAttributes = {
  values: {},
  unknown: ['resource.service', 'resource.type', 'resource.name'],
};

/** Services that provide no resource attributes, so that a condition on one never grants. */
const WITHOUT_ATTRIBUTES = [
  '//run.googleapis.com/',
  '//artifactregistry.googleapis.com/',
  '//iam.googleapis.com/',
];

/**
 * The attributes that a condition sees on a resource
 * (https://cloud.google.com/iam/docs/conditions-attribute-reference#resource and
 * https://cloud.google.com/iam/docs/conditions-resource-attributes). Projects have a service and a type; Google's
 * page leaves Resource Manager out of the services that provide `resource.name`. Folders and organizations have
 * none. What Secret Manager asks of a version is asked of its type; a secret's name is not among these constants, see
 * {@link namedAttributes}.
 *
 * @returns one of a few constants: the same object means the same attributes
 */
export function resourceAttributes(resource: ResourceName, permission: string): ResourceAttributes {
  for (const service of WITHOUT_ATTRIBUTES) if (resource.startsWith(service)) return NONE;
  if (resource.startsWith('//cloudresourcemanager.googleapis.com/'))
    return resource.startsWith('projects/', 38) ? PROJECT : NONE;
  if (resource.startsWith(SECRETS)) return isOfVersion(resource, permission) ? SECRET_VERSION : SECRET;
  return ALL_UNKNOWN;
}

/**
 * The same with `resource.name`, where a service provides it and it is known. A secret's name spells the project by its
 * number; a version's name is that of its secret and the version as the call names it
 * (https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name).
 *
 * @returns undefined where resourceAttributes() says all there is to say
 */
export function namedAttributes({
  resource,
  permission,
  projectNumber,
}: ConditionFacts): ResourceAttributes | undefined {
  if (projectNumber === undefined || !resource.startsWith(SECRETS)) return undefined;
  const constant = resourceAttributes(resource, permission);
  // A version's permission, asked of a secret without saying which version is meant.
  if (constant === SECRET_VERSION && policyHolder(resource) === resource) return undefined;
  const name = splitResource(resource).path.replace(/^projects\/[^/]+/, `projects/${projectNumber}`);
  return { values: { ...constant.values, 'resource.name': name }, unknown: [] };
}

const SECRETS = '//secretmanager.googleapis.com/';
/** Permissions on versions that the secret is asked for: there is no version yet, or many. */
const OF_SECRET: readonly string[] = ['secretmanager.versions.add', 'secretmanager.versions.list'];

function isOfVersion(resource: ResourceName, permission: string): boolean {
  if (policyHolder(resource) !== resource) return true;
  return permission.startsWith('secretmanager.versions.') && !OF_SECRET.includes(permission);
}

const PROJECT: ResourceAttributes = {
  values: {
    'resource.service': 'cloudresourcemanager.googleapis.com',
    'resource.type': 'cloudresourcemanager.googleapis.com/Project',
  },
  unknown: [],
};
const SECRET: ResourceAttributes = {
  values: {
    'resource.service': 'secretmanager.googleapis.com',
    'resource.type': 'secretmanager.googleapis.com/Secret',
  },
  unknown: ['resource.name'],
};
const SECRET_VERSION: ResourceAttributes = {
  values: { ...SECRET.values, 'resource.type': 'secretmanager.googleapis.com/SecretVersion' },
  unknown: ['resource.name'],
};
