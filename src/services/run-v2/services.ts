/** Services: get and list. */
import type { MessageShape } from '@bufbuild/protobuf';
import type {
  GetServiceRequestSchema,
  ListServicesRequestSchema,
  Services,
} from '../../google/gen/google/cloud/run/v2/service_pb.js';
import type { AccessRule, ProtoHandlers } from '../../google/index.js';
import { page } from '../paging.js';
import { projectIdOf, type RunDependencies } from '../run/context.js';
import { parseLocation, parseServiceName } from '../run/names.js';
import { serviceOrder, sortedBy } from '../run/order.js';
import { onProject } from '../run/rules.js';
import { keyOf, onService } from './rules.js';
import { serviceMessage } from './view.js';

/** The full name under which the service's methods are known. */
export const SERVICES = 'google.cloud.run.v2.Services';

type Handlers = ProtoHandlers<(typeof Services)['method']>;
type GetRequest = MessageShape<typeof GetServiceRequestSchema>;
type ListRequest = MessageShape<typeof ListServicesRequestSchema>;

export function serviceReadHandlers(deps: RunDependencies): Pick<Handlers, 'getService' | 'listServices'> {
  const { access, deployments } = deps;
  return {
    getService: async ({ name }) => {
      const { value } = await deployments.get(await keyOf(deps, parseServiceName(name)));
      return serviceMessage(value);
    },
    listServices: async (request, call) => {
      const { project, location } = parseLocation(request.parent);
      const id = await projectIdOf(access.projects, project);
      const where = location === '-' ? undefined : location;
      const rows = await deployments.list(id, where);
      const deleted = request.showDeleted ? await deployments.listDeleted(id, where, call.time) : [];
      const all = sortedBy([...rows.map(({ value }) => value), ...deleted], serviceOrder);
      const { items, nextPageToken } = page(all, serviceOrder, request, { default: 100, max: 1000 });
      return { services: items.map(serviceMessage), nextPageToken };
    },
  };
}

export function serviceReadRules({ access: { projects } }: RunDependencies): Record<string, AccessRule> {
  return {
    [`${SERVICES}.GetService`]: onService(
      projects,
      'ADMIN_READ',
      'run.services.get',
      ({ name }: GetRequest) => parseServiceName(name),
    ),
    [`${SERVICES}.ListServices`]: onProject(
      projects,
      'ADMIN_READ',
      'run.services.list',
      ({ parent }: ListRequest) => ({ ...parseLocation(parent), label: `${parent}/services` }),
    ),
  };
}
