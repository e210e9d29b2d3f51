/** Services, and what calls on them need. */
import type { MessageShape } from '@bufbuild/protobuf';
import { policyMethods } from '../../access/index.js';
import type { ServiceRecord, ServiceSpec } from '../../deployments/index.js';
import {
  CreateServiceRequestSchema,
  DeleteServiceRequestSchema,
  ServiceSchema,
  Services,
  UpdateServiceRequestSchema,
} from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { protoMethods } from '../../google/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { resourcePolicy } from '../run/policy.js';
import { storedServices } from '../run/stored.js';
import { operationTypes } from './operations.js';
import { parseService } from './parse-service.js';
import { type ResourceKind, resourceCalls, resourceRules } from './resources.js';
import { operationAudit } from './rules.js';
import { serviceInput, serviceMessage } from './view.js';

type CreateRequest = MessageShape<typeof CreateServiceRequestSchema>;
type UpdateRequest = MessageShape<typeof UpdateServiceRequestSchema>;
type DeleteRequest = MessageShape<typeof DeleteServiceRequestSchema>;

export function serviceMethods(deps: RunDependencies): MethodTable {
  const kind: ResourceKind<typeof ServiceSchema, ServiceSpec, ServiceRecord> = {
    kind: 'service',
    schema: ServiceSchema,
    resources: storedServices(deps.deployments),
    message: serviceMessage,
    input: serviceInput,
    parse: (service, { before, ...context }) =>
      parseService(service, { ...context, template: before?.spec.template }),
  };
  const calls = resourceCalls(deps, kind);
  const policies = policyMethods(deps.access, resourcePolicy(deps, 'service', kind.resources.get));
  return {
    methods: protoMethods(
      Services,
      {
        getService: calls.get,
        listServices: async (request, call) => {
          const { items, nextPageToken } = await calls.list(request, call);
          return { services: items, nextPageToken };
        },
        createService: ({ serviceId, service, ...request }, call) =>
          calls.create({ ...request, id: serviceId, resource: service }, call),
        updateService: ({ service, updateMask, ...request }, call) =>
          calls.update({ ...request, resource: service, paths: updateMask?.paths }, call),
        deleteService: calls.remove,
        ...policies.handlers,
      },
      { registry: operationTypes, audit: { ...writeAudit(deps), ...policies.audit } },
    ),
    access: resourceRules(deps, kind, Services.typeName, policies.rules),
  };
}

function writeAudit(deps: RunDependencies) {
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
