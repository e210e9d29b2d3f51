/** Services: get and list, and the paths by which all calls on services go. */
import type { ServiceRecord, Stored } from '../../deployments/index.js';
import { defineMethod, type HttpBinding, type JsonObject } from '../../google/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { serviceOrder, sortedBy } from '../run/order.js';
import { LIST_PARAMETERS, type Listed, listed } from './paging.js';
import { decodeTarget, locationOf, projectOfCall, type Target } from './requests.js';
import { inProject, keyOf, onService } from './rules.js';
import { parseSelector } from './selectors.js';
import { serviceView } from './view.js';

/** The service of the API under whose name its methods are known. */
export const SERVICES = 'google.cloud.run.v1.Services';
const NAMESPACED = '/apis/serving.knative.dev/v1/namespaces/{project}/services';
const LOCATED = '/v1/projects/{project}/locations/{location}/services';

/** The same call by both of its paths. */
export function bothPaths(verb: HttpBinding['verb'], one: boolean, body: boolean): readonly HttpBinding[] {
  return [NAMESPACED, LOCATED].map((path) => ({
    verb,
    template: one ? `${path}/{name}` : path,
    ...(body ? { body: '*' } : {}),
  }));
}

export function serviceReadMethods({ access: { projects }, deployments }: RunDependencies): MethodTable {
  return {
    methods: [
      defineMethod({
        name: `${SERVICES}.GetService`,
        bindings: bothPaths('GET', true, false),
        decode: decodeTarget(),
        handle: async (target: Target, call) => deployments.get(await keyOf(projects, target, call)),
        encode: serviceView,
      }),
      defineMethod({
        name: `${SERVICES}.ListServices`,
        bindings: bothPaths('GET', false, false),
        decode: decodeTarget({ query: LIST_PARAMETERS }),
        handle: async (target: Target, call): Promise<Listed<Stored<ServiceRecord>>> => {
          const project = await projectOfCall(projects, target);
          // `locations/-` and the global host mean every region.
          const everywhere = target.location === '-' || (target.location ?? call.location) === undefined;
          const rows = await deployments.list(
            project.projectId,
            everywhere ? undefined : locationOf(target, call),
          );
          const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
          const selected = rows.filter((row) =>
            selector.matches({
              ...row.value.spec.labels,
              'cloud.googleapis.com/location': row.value.location,
            }),
          );
          const order = (row: Stored<ServiceRecord>) => serviceOrder(row.value);
          return listed(sortedBy(selected, order), order, target);
        },
        encode: ({ items, metadata }): JsonObject => ({
          apiVersion: 'serving.knative.dev/v1',
          kind: 'ServiceList',
          metadata,
          items: items.map(serviceView),
          unreachable: [],
        }),
      }),
    ],
    access: {
      [`${SERVICES}.GetService`]: onService(projects, 'run.services.get'),
      [`${SERVICES}.ListServices`]: inProject(projects, 'run.services.list', 'services'),
    },
  };
}
