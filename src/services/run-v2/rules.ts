/** What v2's calls need, and how their audit entries name things. */
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Projects } from '../../access/index.js';
import type { ServiceKey } from '../../deployments/index.js';
import { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type AccessRule,
  type AuditRule,
  type Call,
  isJsonObject,
  type JsonObject,
  messageToJson,
  type PermissionType,
} from '../../google/index.js';
import { runResourceName } from '../../names/index.js';
import {
  API,
  projectIdOf,
  type RunDependencies,
  requireRegion,
  runRefusal,
  serviceMonitored,
} from '../run/context.js';
import type { ServiceName } from '../run/names.js';
import { operationTypes } from './operations.js';

/**
 * A permission on the service that a request names.
 * @param label what the refusal names, if not the service: without the project, e.g. `locations/L/services/S/revisions/R`
 */
export function onService<R>(
  projects: Projects,
  type: PermissionType,
  permission: string,
  locate: (request: R) => ServiceName & { readonly label?: string },
): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: async (request: R) => {
      const { project, location, service, label } = locate(request);
      requireRegion(location);
      const id = await projectIdOf(projects, project);
      return [
        {
          permission,
          resource: runResourceName('service', id, location, service),
          label: `projects/${id}/${label ?? `locations/${location}/services/${service}`}`,
        },
      ];
    },
    refusal: runRefusal,
  };
}

/** The stored object that a name means. */
export async function keyOf(
  { access: { projects } }: RunDependencies,
  { project, location, service }: ServiceName,
): Promise<ServiceKey> {
  return { project: await projectIdOf(projects, project), location, name: service };
}

/**
 * The audit entry of a call that answers an operation.
 * @param schema the request's type
 * @param nameOf the full name of the resource, also for a request that was refused for it: must not throw
 */
export function operationAudit<D extends DescMessage>(
  { access }: RunDependencies,
  schema: D,
  nameOf: (request: MessageShape<D>) => string,
): AuditRule {
  const parts = (request: MessageShape<D>) => {
    const [, project = '', , location = '', , service = '', , revision = ''] = nameOf(request).split('/');
    return { project, location, service, revision };
  };
  return {
    serviceName: API,
    resourceName: nameOf,
    monitored: (request: MessageShape<D>) => {
      const { project, location, service, revision } = parts(request);
      return serviceMonitored(project, location, service, revision);
    },
    project: async (request: MessageShape<D>) => {
      const { project } = parts(request);
      return (await access.projects.get(project))?.projectId ?? project;
    },
    request: (request: MessageShape<D>) => typed(schema, request),
    response: (answer: MessageShape<typeof OperationSchema>, _call: Call) => typed(OperationSchema, answer),
  };
}

function typed<D extends DescMessage>(schema: D, message: MessageShape<D>): JsonObject {
  const json = messageToJson(schema, message, { registry: operationTypes });
  return { '@type': `type.googleapis.com/${schema.typeName}`, ...(isJsonObject(json) ? json : {}) };
}
