/** Which resource attributes a condition finds, by service. */
import type { ResourceName } from '../../names/index.js';

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
 * none. A secret's name spells the project by its number, which is not at hand here.
 *
 * @returns one of a few constants: the same object means the same attributes
 */
export function resourceAttributes(resource: ResourceName, permission: string): ResourceAttributes {
  for (const service of WITHOUT_ATTRIBUTES) if (resource.startsWith(service)) return NONE;
  if (resource.startsWith('//cloudresourcemanager.googleapis.com/'))
    return resource.startsWith('projects/', 38) ? PROJECT : NONE;
  if (resource.startsWith('//secretmanager.googleapis.com/'))
    return permission.startsWith('secretmanager.versions.') ? SECRET_VERSION : SECRET;
  return ALL_UNKNOWN;
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
