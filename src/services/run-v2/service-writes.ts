/** Create, update and delete a service: the calls that the gate judges, and their audit entries. */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { refusals } from '../../checkpoint/index.js';
import type { OperationRecord, ServiceRecord, Stored } from '../../deployments/index.js';
import {
  CreateServiceRequestSchema,
  DeleteServiceRequestSchema,
  type Service,
  ServiceSchema,
  type Services,
  UpdateServiceRequestSchema,
} from '../../google/gen/google/cloud/run/v2/service_pb.js';
import type { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type AccessRule,
  badField,
  isJsonObject,
  type JsonObject,
  messageToJson,
  type ProtoHandlers,
  permissionDenied,
} from '../../google/index.js';
import { judged, type RunDependencies, requireRegion } from '../run/context.js';
import { parseLocation, parseServiceName, type ServiceName } from '../run/names.js';
import { matchEtag } from './etag.js';
import { masked } from './mask.js';
import { operationMessage, validated } from './operations.js';
import { parseService, type ServiceContext } from './parse-service.js';
import { keyOf, onService, operationAudit } from './rules.js';
import { SERVICES } from './services.js';
import { serviceInput, serviceVersion } from './view.js';

type Handlers = ProtoHandlers<(typeof Services)['method']>;
type CreateRequest = MessageShape<typeof CreateServiceRequestSchema>;
type UpdateRequest = MessageShape<typeof UpdateServiceRequestSchema>;
type DeleteRequest = MessageShape<typeof DeleteServiceRequestSchema>;

export function serviceWriteHandlers(
  deps: RunDependencies,
): Pick<Handlers, 'createService' | 'updateService' | 'deleteService'> {
  const { writer, removal } = deps.deployments;
  return {
    createService: async (request, call) => {
      const { serviceId, validateOnly } = request;
      if (serviceId === '')
        throw badField('Violation in CreateServiceRequest.service_id', 'required field not present.');
      const target = await targetOf(deps, nameOfCreated(request), 'create');
      const given = inputOf(request.service, 'CreateServiceRequest');
      const context = contextOf(target, 'CreateServiceRequest');
      const { operation } = await writer.create(
        { ...target, spec: () => parseService(given, context(undefined)), dryRun: validateOnly },
        call,
      );
      return answer(operation, validateOnly);
    },
    updateService: async ({ service, updateMask, allowMissing, validateOnly }, call) => {
      const target = await targetOf(deps, parseServiceName(service?.name ?? ''), 'update');
      const given = inputOf(service, 'UpdateServiceRequest');
      const context = contextOf(target, 'UpdateServiceRequest');
      const write = {
        ...target,
        spec: (before: ServiceRecord | undefined) => {
          const wanted = before
            ? masked(jsonOf(serviceInput(before)), given, updateMask?.paths ?? [])
            : given;
          return parseService(wanted, context(before));
        },
        check: ({ value }: Stored<ServiceRecord>) =>
          matchEtag(service?.etag ?? '', serviceVersion(value), value.name),
        dryRun: validateOnly,
      };
      const { operation } = await (allowMissing ? writer.upsert(write, call) : writer.update(write, call));
      return answer(operation, validateOnly);
    },
    deleteService: async ({ name, etag, validateOnly }, call) => {
      const operation = await removal.service(await keyOf(deps, parseServiceName(name)), call, {
        check: ({ value }) => matchEtag(etag, serviceVersion(value), value.name),
        dryRun: validateOnly,
      });
      return answer(operation, validateOnly);
    },
  };
}

const answer = (
  operation: OperationRecord,
  validateOnly: boolean,
): MessageInitShape<typeof OperationSchema> =>
  validateOnly ? validated(operation.subject) : operationMessage(operation);

function nameOfCreated({ parent, serviceId }: CreateRequest): ServiceName {
  return { ...parseLocation(parent), service: serviceId };
}

/** @throws PERMISSION_DENIED for a project that does not exist, as for a stranger's */
async function targetOf(
  { access: { projects } }: RunDependencies,
  { project: given, location, service }: ServiceName,
  verb: 'create' | 'update',
) {
  requireRegion(location);
  const project = await projects.get(given);
  if (!project) {
    const label = `projects/${given}/locations/${location}/services/${service}`;
    throw permissionDenied(refusals.runPermissionDenied(`run.services.${verb}`, label));
  }
  return {
    key: { project: project.projectId, location, name: service },
    projectNumber: project.number,
    apiVersion: 'v2' as const,
  };
}

const contextOf =
  ({ key, projectNumber }: Awaited<ReturnType<typeof targetOf>>, request: ServiceContext['request']) =>
  (before: ServiceRecord | undefined): ServiceContext => ({
    name: key.name,
    projectNumber,
    request,
    template: before?.spec.template,
  });

function inputOf(service: Service | undefined, request: ServiceContext['request']): JsonObject {
  if (!service) throw badField(`Violation in ${request}.service`, 'required field not present.');
  return jsonOf(service);
}

function jsonOf(service: MessageInitShape<typeof ServiceSchema>): JsonObject {
  const json = messageToJson(ServiceSchema, service);
  return isJsonObject(json) ? json : {};
}

export function serviceWriteRules({ access: { projects } }: RunDependencies): Record<string, AccessRule> {
  return {
    [`${SERVICES}.CreateService`]: judged,
    [`${SERVICES}.UpdateService`]: judged,
    [`${SERVICES}.DeleteService`]: onService(
      projects,
      'ADMIN_WRITE',
      'run.services.delete',
      ({ name }: DeleteRequest) => parseServiceName(name),
    ),
  };
}

export function serviceWriteAudit(deps: RunDependencies) {
  return {
    createService: operationAudit(
      deps,
      CreateServiceRequestSchema,
      ({ parent, serviceId }: CreateRequest) => `${parent}/services/${serviceId}`,
    ),
    updateService: operationAudit(
      deps,
      UpdateServiceRequestSchema,
      ({ service }: UpdateRequest) => service?.name ?? '',
    ),
    deleteService: operationAudit(deps, DeleteServiceRequestSchema, ({ name }: DeleteRequest) => name),
  };
}
