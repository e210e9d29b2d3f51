import {
  create,
  createRegistry,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { anyPack, EmptySchema } from '@bufbuild/protobuf/wkt';
import type { Project } from '../../access/index.js';
import { type ServiceSchema, State } from '../../google/gen/google/api/serviceusage/v1/resources_pb.js';
import {
  BatchEnableServicesResponseSchema,
  DisableServiceResponseSchema,
  EnableServiceResponseSchema,
  ServiceUsage,
} from '../../google/gen/google/api/serviceusage/v1/serviceusage_pb.js';
import { ServiceIdentitySchema } from '../../google/gen/google/api/serviceusage/v1beta1/resources_pb.js';
import { ServiceUsage as ServiceUsageBeta } from '../../google/gen/google/api/serviceusage/v1beta1/serviceusage_pb.js';
import {
  type Operation,
  OperationSchema,
  Operations,
} from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type Api,
  failedPrecondition,
  invalidArgument,
  isJsonObject,
  messageFromJson,
  messageToJson,
  notFound,
  protoMethods,
} from '../../google/index.js';
import { page } from '../paging.js';
import { accessRules, auditRules } from './access.js';
import { KNOWN_APIS, type KnownApi, knownApi } from './catalogue.js';
import { createServiceAgent, type Enabling, enableServices, isEnabled, requireKnown } from './enable.js';
import { parseConsumer, parseServiceName } from './names.js';
import { FINISHED, keepOperation, keptOperation, NOTHING_TO_DO, newOperationName } from './operations.js';

/** What operations answer with. */
const registry = createRegistry(
  EnableServiceResponseSchema,
  DisableServiceResponseSchema,
  BatchEnableServicesResponseSchema,
  ServiceIdentitySchema,
  EmptySchema,
);

type ServiceMessage = MessageInitShape<typeof ServiceSchema>;

/** "A single request can enable a maximum of 20 services at a time" (BatchEnableServicesRequest). */
const MAX_BATCH_ENABLE = 20;
/** "A single request can get a maximum of 30 services at a time" (BatchGetServicesRequest). */
const MAX_BATCH_GET = 30;

/** Service Usage: v1, and of v1beta1 the one method that clients need it for. */
export function serviceUsageApi(deps: Enabling): Api {
  const { access, store } = deps;
  const audit = auditRules(access);

  const projectAt = async (idOrNumber: string): Promise<Project> => {
    const project = await access.projects.get(idOrNumber);
    if (!project) throw notFound(`Project '${idOrNumber}' not found or deleted.`);
    return project;
  };

  /** Enables, and the done operation that says so. */
  const enable = async <D extends DescMessage>(
    project: string,
    apis: readonly string[],
    schema: D,
    response: (services: ServiceMessage[]) => MessageInitShape<D>,
    time: Date,
  ): Promise<Operation> => {
    const before = await projectAt(project);
    const after = await enableServices(deps, project, apis, time);
    const services = apis.map((api) => serviceMessage(after, requireApi(api)));
    const changed = apis.some((api) => !isEnabled(before, api));
    const name = changed ? newOperationName(after.number) : NOTHING_TO_DO;
    const operation = done(name, schema, create(schema, response(services)));
    if (changed) await keep(after, operation);
    return operation;
  };

  const keep = async (project: Project, operation: Operation): Promise<void> => {
    const json = messageToJson(OperationSchema, operation, { registry });
    if (!isJsonObject(json)) throw new Error('an operation in JSON is an object');
    await keepOperation(store, operation.name, { project: project.projectId, operation: json });
  };

  const v1 = protoMethods(
    ServiceUsage,
    {
      async enableService({ name }, call) {
        const { project, api } = parseServiceName(name);
        const response = (services: ServiceMessage[]) => (services[0] ? { service: services[0] } : {});
        return enable(project, [api], EnableServiceResponseSchema, response, call.time);
      },
      async batchEnableServices({ parent, serviceIds }, call) {
        const project = parseConsumer(parent);
        requireBatch('service_ids', serviceIds, MAX_BATCH_ENABLE);
        const response = (services: ServiceMessage[]) => ({ services });
        return enable(project, serviceIds, BatchEnableServicesResponseSchema, response, call.time);
      },
      async disableService({ name }) {
        const { project, api } = parseServiceName(name);
        const known = requireApi(api);
        const row = await access.projects.get(project);
        if (!row) throw notFound(`Project '${project}' not found or deleted.`);
        // "fails with FAILED_PRECONDITION if called on a service that is not currently enabled"
        if (!isEnabled(row, api)) throw failedPrecondition(`Service ${api} is not enabled for consumer.`);
        const { [api]: _disabled, ...services } = row.services;
        const next = { ...row, services };
        await store.commit([access.projects.update(next)]);
        const operation = done(
          newOperationName(row.number),
          DisableServiceResponseSchema,
          create(DisableServiceResponseSchema, { service: serviceMessage(next, known) }),
        );
        await keep(row, operation);
        return operation;
      },
      async getService({ name }) {
        const { project, api } = parseServiceName(name);
        return serviceMessage(await projectAt(project), requireApi(api));
      },
      async batchGetServices({ parent, names }) {
        const project = await projectAt(parseConsumer(parent));
        requireBatch('names', names, MAX_BATCH_GET);
        return { services: names.map((name) => serviceMessage(project, requireApi(apiUnder(parent, name)))) };
      },
      async listServices(request) {
        const project = await projectAt(parseConsumer(request.parent));
        const wanted = stateFilter(request.filter);
        const matching = KNOWN_APIS.filter(
          ({ name }) => wanted === undefined || isEnabled(project, name) === (wanted === State.ENABLED),
        );
        const { items, nextPageToken } = page(matching, ({ name }) => name, request, {
          default: 50,
          max: 200,
        });
        return { services: items.map((api) => serviceMessage(project, api)), nextPageToken };
      },
    },
    { registry, audit: audit.v1 },
  );

  const v1beta1 = protoMethods(
    ServiceUsageBeta,
    {
      async generateServiceIdentity({ parent }, call) {
        const { project, api } = parseServiceName(parent);
        requireKnown([api]);
        // Without an agent of its own, an API answers an identity that has no address.
        const agent = await createServiceAgent(deps, await projectAt(project), api, call.time);
        return done(FINISHED, ServiceIdentitySchema, create(ServiceIdentitySchema, agent ?? {}));
      },
    },
    { registry, audit: audit.v1beta1 },
  );

  const operations = protoMethods(
    Operations,
    {
      async getOperation({ name }) {
        if (name === NOTHING_TO_DO || name === FINISHED) return done(name, EmptySchema, create(EmptySchema));
        const kept = await keptOperation(store, name);
        if (!kept) throw notFound(`Operation '${name}' not found.`);
        return messageFromJson(OperationSchema, kept.operation, { registry });
      },
    },
    {
      registry,
      moreBindings: { getOperation: [{ verb: 'GET', template: '/v1beta1/{name=operations/**}' }] },
    },
  );

  return {
    host: 'serviceusage.googleapis.com',
    regional: false,
    methods: [...v1, ...v1beta1, ...operations],
    access: accessRules(access, store),
  };
}

function done<D extends DescMessage>(name: string, schema: D, response: MessageShape<D>): Operation {
  return create(OperationSchema, {
    name,
    done: true,
    result: { case: 'response', value: anyPack(schema, response) },
  });
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

/** The API of a name in a batch, which must lie under the batch's parent. */
function apiUnder(parent: string, name: string): string {
  const { project, api } = parseServiceName(name);
  if (project !== parseConsumer(parent)) throw invalidArgument(`names: "${name}" is not in ${parent}.`);
  return api;
}

/** Answers name projects by their number. */
function serviceMessage(project: Project, { name, title }: KnownApi): ServiceMessage {
  return {
    name: `projects/${project.number}/services/${name}`,
    parent: `projects/${project.number}`,
    config: { name, title, documentation: {}, quota: {}, authentication: {}, usage: {} },
    state: isEnabled(project, name) ? State.ENABLED : State.DISABLED,
  };
}

/** "The allowed filter strings are state:ENABLED and state:DISABLED" (ListServicesRequest). */
function stateFilter(filter: string): State | undefined {
  const text = filter.trim();
  if (text === '') return undefined;
  if (text === 'state:ENABLED') return State.ENABLED;
  if (text === 'state:DISABLED') return State.DISABLED;
  throw invalidArgument(`Invalid filter: "${filter}". Use state:ENABLED or state:DISABLED.`);
}
