/**
 * Service Usage v1beta1: generateServiceIdentity, which v1 lacks, and the older forms of what v1 has. Quotas of
 * consumers are not modelled; their methods answer UNIMPLEMENTED.
 */
import { create } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import type { Project } from '../../access/index.js';
import { ServiceIdentitySchema } from '../../google/gen/google/api/serviceusage/v1beta1/resources_pb.js';
import { ServiceUsage } from '../../google/gen/google/api/serviceusage/v1beta1/serviceusage_pb.js';
import type { Operation } from '../../google/gen/google/longrunning/operations_pb.js';
import { type ApiMethod, protoMethods } from '../../google/index.js';
import { auditRules } from './access.js';
import { betaMetadata, betaServiceMessage, done, registry, serviceName } from './answers.js';
import { createServiceAgent } from './companions.js';
import { disableService } from './enable.js';
import { parseServiceName } from './names.js';
import { FINISHED, kept, NOTHING_TO_DO, newOperationName } from './operations.js';
import {
  type Enabled,
  enabled,
  enabledBatch,
  listedServices,
  type ServiceUsageDeps,
  serviceAt,
} from './requests.js';

export function v1beta1Methods(deps: ServiceUsageDeps): ApiMethod[] {
  return protoMethods(
    ServiceUsage,
    {
      async enableService({ name }, call) {
        const { project, api } = parseServiceName(name);
        return enabling(deps, await enabled(deps, project, [api], call.time));
      },
      async batchEnableServices(request, call) {
        return enabling(deps, await enabledBatch(deps, request, call.time));
      },
      async disableService({ name }) {
        const { project, api } = parseServiceName(name);
        return emptied(deps, await disableService(deps, project, api), [api]);
      },
      async getService({ name }) {
        const { project, api } = await serviceAt(deps, name);
        return betaServiceMessage(project, api);
      },
      async listServices(request) {
        const { project, apis, nextPageToken } = await listedServices(deps, request);
        return { services: apis.map((api) => betaServiceMessage(project, api)), nextPageToken };
      },
      async generateServiceIdentity({ parent }, call) {
        const { project, api } = await serviceAt(deps, parent);
        // An API without an agent of its own answers an identity that has no address.
        const agent = await createServiceAgent(deps, project, api.name, call.time);
        return done(FINISHED, ServiceIdentitySchema, create(ServiceIdentitySchema, agent ?? {}));
      },
    },
    { registry, audit: auditRules(deps.access).v1beta1 },
  );
}

async function enabling(deps: ServiceUsageDeps, { project, apis, changed }: Enabled): Promise<Operation> {
  if (!changed) return done(NOTHING_TO_DO, EmptySchema, create(EmptySchema));
  return emptied(
    deps,
    project,
    apis.map(({ name }) => name),
  );
}

/** "Operation response type: google.protobuf.Empty", for all of this version that change something. */
function emptied({ store }: ServiceUsageDeps, project: Project, apis: readonly string[]): Promise<Operation> {
  const about = betaMetadata(apis.map((api) => serviceName(project, api)));
  const operation = done(newOperationName(project.number), EmptySchema, create(EmptySchema), about);
  return kept(store, project, operation);
}
