/** Service Usage v1: what gcloud and Terraform speak. */
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import {
  BatchEnableServicesResponseSchema,
  DisableServiceRequest_CheckIfServiceHasUsage as CheckUsage,
  DisableServiceResponseSchema,
  EnableServiceResponseSchema,
  ServiceUsage,
} from '../../google/gen/google/api/serviceusage/v1/serviceusage_pb.js';
import type { Operation } from '../../google/gen/google/longrunning/operations_pb.js';
import { type ApiMethod, protoMethods } from '../../google/index.js';
import { auditRules } from './access.js';
import { done, metadata, registry, type ServiceMessage, serviceMessage, serviceName } from './answers.js';
import { type Disabling, disableService } from './enable.js';
import { parseServiceName } from './names.js';
import { kept, NOTHING_TO_DO, newOperationName } from './operations.js';
import {
  type Enabled,
  enabled,
  enabledBatch,
  listedServices,
  requireApi,
  type ServiceUsageDeps,
  serviceAt,
  servicesAt,
} from './requests.js';
import { requireUnused } from './usage.js';

export function v1Methods(deps: ServiceUsageDeps): ApiMethod[] {
  return protoMethods(
    ServiceUsage,
    {
      async enableService({ name }, call) {
        const { project, api } = parseServiceName(name);
        const outcome = await enabled(deps, project, [api], call.time);
        const response = (services: ServiceMessage[]) => (services[0] ? { service: services[0] } : {});
        return enabling(deps, outcome, EnableServiceResponseSchema, response);
      },
      async batchEnableServices(request, call) {
        const outcome = await enabledBatch(deps, request, call.time);
        return enabling(deps, outcome, BatchEnableServicesResponseSchema, (services) => ({ services }));
      },
      async disableService({ name, disableDependentServices, checkIfServiceHasUsage }, { time }) {
        const { project, api } = parseServiceName(name);
        const disabling: Disabling = {
          withDependents: disableDependentServices,
          ...(checkIfServiceHasUsage === CheckUsage.CHECK
            ? { check: (row, apis) => requireUnused(deps.log, row, apis, time) }
            : {}),
        };
        const now = await disableService(deps, project, api, disabling);
        const service = serviceMessage(now, requireApi(api));
        const response = create(DisableServiceResponseSchema, { service });
        const about = metadata([serviceName(now, api)]);
        const operation = done(newOperationName(now.number), DisableServiceResponseSchema, response, about);
        return kept(deps.store, now, operation);
      },
      async getService({ name }) {
        const { project, api } = await serviceAt(deps, name);
        return serviceMessage(project, api);
      },
      async batchGetServices({ parent, names }) {
        const { project, apis } = await servicesAt(deps, parent, names);
        return { services: apis.map((api) => serviceMessage(project, api)) };
      },
      async listServices(request) {
        const { project, apis, nextPageToken } = await listedServices(deps, request);
        return { services: apis.map((api) => serviceMessage(project, api)), nextPageToken };
      },
    },
    { registry, audit: auditRules(deps.access).v1 },
  );
}

/** The operation that says what enabling came to. */
async function enabling<D extends DescMessage>(
  { store }: ServiceUsageDeps,
  { project, apis, changed }: Enabled,
  schema: D,
  response: (services: ServiceMessage[]) => MessageInitShape<D>,
): Promise<Operation> {
  const message = create(schema, response(apis.map((api) => serviceMessage(project, api))));
  if (!changed) return done(NOTHING_TO_DO, schema, message);
  const about = metadata(apis.map(({ name }) => serviceName(project, name)));
  return kept(store, project, done(newOperationName(project.number), schema, message, about));
}
