/** What v2's calls need, and how their audit entries name things. */
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Projects } from '../../access/index.js';
import type { ResourceKey } from '../../deployments/index.js';
import { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type AuditRule,
  type Call,
  isJsonObject,
  type JsonObject,
  messageToJson,
  type PermissionType,
} from '../../google/index.js';
import { RUN_COLLECTION, type RunKind, runResourceName } from '../../names/index.js';
import {
  API,
  type PermissionRule,
  projectIdOf,
  type RunDependencies,
  requireRegion,
  runMonitored,
  runRefusal,
} from '../run/context.js';
import { type RunName, spellRunName } from '../run/names.js';
import { operationTypes } from './operations.js';

/**
 * A permission on the service, job or worker pool that a request names.
 * @param locate the resource, and what the refusal names beyond it, e.g. `revisions/R`
 */
export function onResource<R>(
  projects: Projects,
  type: PermissionType,
  permission: string,
  locate: (request: R) => RunName & { readonly below?: string },
): PermissionRule {
  return {
    kind: 'permission',
    type,
    checks: async (request: R) => {
      const { below, ...name } = locate(request);
      requireRegion(name.location);
      const project = await projectIdOf(projects, name.project);
      const label = spellRunName({ ...name, project });
      return [
        {
          permission,
          resource: runResourceName(name.kind, project, name.location, name.name),
          label: below === undefined ? label : `${label}/${below}`,
        },
      ];
    },
    refusal: runRefusal,
  };
}

/** The stored object that a name means. */
export async function keyOf(
  { access: { projects } }: RunDependencies,
  { project, location, name }: RunName,
): Promise<ResourceKey> {
  return { project: await projectIdOf(projects, project), location, name };
}

const KINDS: readonly RunKind[] = ['service', 'job', 'workerPool'];

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
    const [, project = '', , location = '', collection, name = '', , child = ''] = nameOf(request).split('/');
    const kind = KINDS.find((candidate) => RUN_COLLECTION[candidate] === collection) ?? 'service';
    return { kind, project, location, name, child };
  };
  return {
    serviceName: API,
    resourceName: nameOf,
    monitored: (request: MessageShape<D>) => {
      const { kind, child, ...name } = parts(request);
      return runMonitored(kind, name, child);
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
