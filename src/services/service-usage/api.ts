import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import type { Project } from '../../access/index.js';
import { State } from '../../google/gen/google/api/serviceusage/v1/resources_pb.js';
import {
  BatchEnableServicesResponseSchema,
  DisableServiceResponseSchema,
  EnableServiceResponseSchema,
  ServiceUsage,
} from '../../google/gen/google/api/serviceusage/v1/serviceusage_pb.js';
import { ServiceIdentitySchema } from '../../google/gen/google/api/serviceusage/v1beta1/resources_pb.js';
import { ServiceUsage as ServiceUsageBeta } from '../../google/gen/google/api/serviceusage/v1beta1/serviceusage_pb.js';
import { type Operation, Operations } from '../../google/gen/google/longrunning/operations_pb.js';
import { type Api, type ApiMethod, invalidArgument, protoMethods } from '../../google/index.js';
import { page } from '../paging.js';
import { accessRules, auditRules } from './access.js';
import { done, kept, readOperation, registry, type ServiceMessage, serviceMessage } from './answers.js';
import { KNOWN_APIS, type KnownApi, knownApi } from './catalogue.js';
import {
  createServiceAgent,
  disableService,
  type Enabling,
  enableServices,
  isEnabled,
  projectAt,
  requireKnown,
} from './enable.js';
import { parseConsumer, parseServiceName } from './names.js';
import { FINISHED, NOTHING_TO_DO, newOperationName } from './operations.js';

/** Service Usage: v1, and of v1beta1 the one method that clients need it for. */
export function serviceUsageApi(deps: Enabling): Api {
  return {
    host: 'serviceusage.googleapis.com',
    regional: false,
    methods: [...v1Methods(deps), ...v1beta1Methods(deps), ...operationMethods(deps)],
    access: accessRules(deps.access, deps.store),
  };
}

/** "A single request can enable a maximum of 20 services at a time" (BatchEnableServicesRequest). */
const MAX_BATCH_ENABLE = 20;
/** "A single request can get a maximum of 30 services at a time" (BatchGetServicesRequest). */
const MAX_BATCH_GET = 30;
/** "Requested size cannot exceed 200. If not set, the default page size is 50" (ListServicesRequest). */
const PAGES = { default: 50, max: 200 };

function v1Methods(deps: Enabling): ApiMethod[] {
  return protoMethods(
    ServiceUsage,
    {
      async enableService({ name }, call) {
        const { project, api } = parseServiceName(name);
        const response = (services: ServiceMessage[]) => (services[0] ? { service: services[0] } : {});
        return enable(deps, project, [api], EnableServiceResponseSchema, response, call.time);
      },
      async batchEnableServices({ parent, serviceIds }, call) {
        const project = parseConsumer(parent);
        requireBatch('service_ids', serviceIds, MAX_BATCH_ENABLE);
        const response = (services: ServiceMessage[]) => ({ services });
        return enable(deps, project, serviceIds, BatchEnableServicesResponseSchema, response, call.time);
      },
      async disableService({ name }) {
        const { project, api } = parseServiceName(name);
        const now = await disableService(deps, project, api);
        const service = serviceMessage(now, requireApi(api));
        const response = create(DisableServiceResponseSchema, { service });
        const operation = done(newOperationName(now.number), DisableServiceResponseSchema, response);
        return kept(deps.store, now, operation);
      },
      async getService({ name }) {
        const { project, api } = parseServiceName(name);
        return serviceMessage(await projectAt(deps, project), requireApi(api));
      },
      async batchGetServices({ parent, names }) {
        const project = await projectAt(deps, parseConsumer(parent));
        requireBatch('names', names, MAX_BATCH_GET);
        return { services: names.map((name) => serviceMessage(project, requireApi(apiIn(project, name)))) };
      },
      async listServices(request) {
        const project = await projectAt(deps, parseConsumer(request.parent));
        const wanted = stateFilter(request.filter);
        const matching = KNOWN_APIS.filter(
          ({ name }) => wanted === undefined || isEnabled(project, name) === (wanted === State.ENABLED),
        );
        const { items, nextPageToken } = page(matching, ({ name }) => name, request, PAGES);
        return { services: items.map((api) => serviceMessage(project, api)), nextPageToken };
      },
    },
    { registry, audit: auditRules(deps.access).v1 },
  );
}

/** Enables, and the operation that says so. */
async function enable<D extends DescMessage>(
  deps: Enabling,
  project: string,
  apis: readonly string[],
  schema: D,
  response: (services: ServiceMessage[]) => MessageInitShape<D>,
  time: Date,
): Promise<Operation> {
  const before = await projectAt(deps, project);
  const after = await enableServices(deps, project, apis, time);
  const services = apis.map((api) => serviceMessage(after, requireApi(api)));
  const message = create(schema, response(services));
  if (apis.every((api) => isEnabled(before, api))) return done(NOTHING_TO_DO, schema, message);
  return kept(deps.store, after, done(newOperationName(after.number), schema, message));
}

function v1beta1Methods(deps: Enabling): ApiMethod[] {
  return protoMethods(
    ServiceUsageBeta,
    {
      async generateServiceIdentity({ parent }, call) {
        const { project, api } = parseServiceName(parent);
        requireKnown([api]);
        // An API without an agent of its own answers an identity that has no address.
        const agent = await createServiceAgent(deps, await projectAt(deps, project), api, call.time);
        return done(FINISHED, ServiceIdentitySchema, create(ServiceIdentitySchema, agent ?? {}));
      },
    },
    { registry, audit: auditRules(deps.access).v1beta1 },
  );
}

function operationMethods({ store }: Enabling): ApiMethod[] {
  const beta = { verb: 'GET', template: '/v1beta1/{name=operations/**}' } as const;
  return protoMethods(
    Operations,
    { getOperation: ({ name }) => readOperation(store, name) },
    { registry, moreBindings: { getOperation: [beta] } },
  );
}

function requireApi(name: string): KnownApi {
  requireKnown([name]);
  const api = knownApi(name);
  if (!api) throw new Error(`${name} is known and unknown`);
  return api;
}

function requireBatch(field: string, values: readonly string[], max: number): void {
  if (values.length === 0) throw invalidArgument(`${field}: at least one is required.`);
  if (values.length > max)
    throw invalidArgument(`${field}: at most ${max} are allowed; got ${values.length}.`);
}

/** The API of a name in a batch. The permission was checked on the batch's project: the name must lie there too. */
function apiIn(project: Project, name: string): string {
  const named = parseServiceName(name);
  if (named.project === project.projectId || named.project === project.number) return named.api;
  throw invalidArgument(`names: "${name}" is not in projects/${project.projectId}.`);
}

/** "The allowed filter strings are state:ENABLED and state:DISABLED" (ListServicesRequest). */
function stateFilter(filter: string): State | undefined {
  const text = filter.trim();
  if (text === '') return undefined;
  if (text === 'state:ENABLED') return State.ENABLED;
  if (text === 'state:DISABLED') return State.DISABLED;
  throw invalidArgument(`Invalid filter: "${filter}". Use state:ENABLED or state:DISABLED.`);
}
