/** What is asked of Policy Troubleshooter: who, what and where, and what is known of the call. */
import type { MessageShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import type {
  AccessTuple,
  ConditionContext,
  TroubleshootIamPolicyRequestSchema,
} from '../../google/gen/google/cloud/policytroubleshooter/iam/v3/troubleshooter_pb.js';
import { invalidArgument } from '../../google/index.js';
import {
  type GivenContext,
  knownPermissions,
  type PolicyResourceType,
  parseDenyPermission,
  policyResourceType,
  testablePermissions,
} from '../../iam/index.js';
import {
  type Addressed,
  isEmail,
  principalOfEmail,
  projectName,
  projectOf,
  type ResourceName,
  splitResource,
} from '../../names/index.js';

/** The messages of all versions have what v1's have; v3's have all that any has. */
export type TroubleshootRequest = Pick<MessageShape<typeof TroubleshootIamPolicyRequestSchema>, never> & {
  readonly accessTuple?: Tuple | undefined;
};
type Tuple = Pick<AccessTuple, 'principal' | 'fullResourceName' | 'permission'> & {
  readonly conditionContext?: AskedContext | undefined;
};
type AskedContext = Pick<ConditionContext, 'resource' | 'destination' | 'request'>;

export interface Asked {
  readonly principal: Addressed;
  /** As roles spell it. */
  readonly permission: string;
  /** The resource whose policies decide; its project by what the caller wrote, id or number. */
  readonly resource: ResourceName;
  readonly context: GivenContext;
  /** As it was sent, for the answer. */
  readonly tuple: Tuple;
}

/** @throws GoogleError INVALID_ARGUMENT for what is missing, unknown, or does not belong together */
export function readRequest({ accessTuple: tuple }: TroubleshootRequest): Asked {
  if (!tuple) throw invalidArgument('access_tuple is required.');
  const principal = readPrincipal(tuple.principal);
  const permission = readPermission(tuple.permission);
  const resource = holderOf(readName(tuple.fullResourceName));
  if (!isApplicable(permission, resource)) {
    throw invalidArgument(
      `Permission ${tuple.permission} is not applicable to the resource ${tuple.fullResourceName}.`,
    );
  }
  return { principal, permission, resource, context: contextOf(tuple.conditionContext), tuple };
}

/** "The principal must be a Google Account or a service account" (AccessTuple.principal). */
function readPrincipal(text: string): Addressed {
  if (text === '') throw invalidArgument('access_tuple.principal is required.');
  if (isEmail(text)) return principalOfEmail(text);
  throw invalidArgument(
    `access_tuple.principal: "${text}" is not the email address of a Google Account or a service account. Other types of principals are not supported.`,
  );
}

/** "Either in the `v1` permission format or the `v2` permission format" (AccessTuple.permission). */
function readPermission(text: string): string {
  if (text === '') throw invalidArgument('access_tuple.permission is required.');
  if (knownPermissions.has(text)) return text;
  const parts = parseDenyPermission(text);
  const permission = parts && `${parts.service}.${parts.resource}.${parts.verb}`;
  if (permission !== undefined && knownPermissions.has(permission)) return permission;
  throw invalidArgument(`Permission ${text} is not valid.`);
}

function readName(text: string): ResourceName {
  if (text === '') throw invalidArgument('access_tuple.full_resource_name is required.');
  // A segment of a name is never empty, and none of them means another one.
  if (/^\/\/[a-z]+\.googleapis\.com(?:\/[^/\s?#]+)+$/.test(text) && !/\/\.{1,2}(?:\/|$)/.test(text)) {
    return text as ResourceName;
  }
  throw invalidArgument(
    `access_tuple.full_resource_name: "${text}" is not a full resource name, such as //cloudresourcemanager.googleapis.com/projects/my-project.`,
  );
}

/** The services whose resources can have policies here. */
const SERVICES: ReadonlySet<string> = new Set([
  'cloudresourcemanager.googleapis.com',
  'run.googleapis.com',
  'artifactregistry.googleapis.com',
  'iam.googleapis.com',
  'secretmanager.googleapis.com',
]);

/**
 * The nearest resource that has a policy of its own, going up: a revision's service, a version's secret, a location's
 * project. It need not exist: then the policies above it decide.
 */
function holderOf(name: ResourceName): ResourceName {
  const { service, path } = splitResource(name);
  if (!SERVICES.has(service)) {
    throw invalidArgument(
      `access_tuple.full_resource_name: "${name}" is of a service whose resources have no policies here.`,
    );
  }
  const segments = path.split('/');
  for (let length = segments.length; length >= 2; length--) {
    const candidate: ResourceName = `//${service}/${segments.slice(0, length).join('/')}`;
    if (policyResourceType(candidate) !== undefined) return candidate;
  }
  const project = projectOf(name);
  if (project !== undefined) return projectName(project);
  throw invalidArgument(
    `access_tuple.full_resource_name: "${name}" lies in no project, folder or organization.`,
  );
}

/** The service of the permissions that a resource of the kind takes. */
const SERVICE_OF: Readonly<Partial<Record<PolicyResourceType, string>>> = {
  serviceAccount: 'iam',
  repository: 'artifactregistry',
  secret: 'secretmanager',
  service: 'run',
  job: 'run',
  workerPool: 'run',
};

/** "It must be possible to use that permission to access the resource in some way." */
function isApplicable(permission: string, resource: ResourceName): boolean {
  const type = policyResourceType(resource);
  if (type === undefined) return false;
  const service = SERVICE_OF[type];
  if (service !== undefined) return permission.startsWith(`${service}.`);
  return testablePermissions(type)?.includes(permission) === true;
}

/** A resource that is there but says nothing has attributes that are empty: so gcloud asks. */
function contextOf(context: AskedContext | undefined): GivenContext {
  const time = context?.request?.receiveTime;
  const resource = context?.resource;
  return {
    ...(time ? { time: timestampDate(time) } : {}),
    ...(resource
      ? {
          attributes: {
            'resource.service': resource.service,
            'resource.type': resource.type,
            'resource.name': resource.name,
          },
        }
      : {}),
  };
}
