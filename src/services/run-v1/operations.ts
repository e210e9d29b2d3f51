/** The operations that deploys are followed by, and the locations in which they can be made. */
import { Operations } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type ApiMethod,
  defineMethod,
  invalidArgument,
  type JsonObject,
  protoMethods,
} from '../../google/index.js';
import { REGIONS } from '../../names/index.js';
import { page } from '../paging.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import {
  deleteOperationAudit,
  operationBindings,
  operationCalls,
  operationRules,
} from '../run/operations.js';
import { operationView } from './operation-view.js';
import { decodeTarget, projectOfCall, type Target } from './requests.js';
import { inProject } from './rules.js';

type Listed = Awaited<ReturnType<ReturnType<typeof operationCalls>['list']>>;
type Serving = Pick<ApiMethod, 'handle' | 'encode'>;

/**
 * The proto's requests by v1's routes; the answers hold Knative's objects, for which there are no protos. gRPC, which
 * knows no versions of operations, reaches v2's.
 */
export function operationMethods(deps: RunDependencies): MethodTable {
  const calls = operationCalls(deps);
  const serving: Readonly<Record<string, Serving>> = {
    getOperation: { handle: calls.get, encode: operationView },
    waitOperation: { handle: calls.wait, encode: operationView },
    deleteOperation: { handle: calls.remove, encode: () => ({}) },
    listOperations: { handle: calls.list, encode: listView },
  };
  const routed = protoMethods(
    Operations,
    {},
    {
      bindings: operationBindings('v1'),
      audit: { deleteOperation: deleteOperationAudit(deps) },
    },
  );
  return {
    methods: routed.flatMap(({ descriptor, implemented: _, ...method }) => {
      const served = descriptor === undefined ? undefined : serving[descriptor.localName];
      return served === undefined ? [] : [{ ...method, ...served }];
    }),
    access: operationRules(deps),
  };
}

function listView({ operations, nextPageToken }: Listed): JsonObject {
  return {
    operations: operations.map(operationView),
    ...(nextPageToken === '' ? {} : { nextPageToken }),
  };
}

export function locationMethods({ access: { projects } }: RunDependencies): MethodTable {
  return {
    methods: [
      defineMethod({
        name: 'google.cloud.location.Locations.ListLocations',
        bindings: [{ verb: 'GET', template: '/v1/projects/{project}/locations' }],
        decode: decodeTarget({ query: ['pageSize', 'pageToken'] }),
        handle: async (target: Target) => ({
          projectId: (await projectOfCall(projects, target)).projectId,
          regions: regionsAsked(target),
        }),
        encode: ({ projectId, regions }): JsonObject => ({
          locations: regions.items.map((region) => ({
            name: `projects/${projectId}/locations/${region}`,
            locationId: region,
            displayName: region,
            labels: { 'cloud.googleapis.com/region': region },
          })),
          ...(regions.nextPageToken === '' ? {} : { nextPageToken: regions.nextPageToken }),
        }),
      }),
    ],
    access: {
      'google.cloud.location.Locations.ListLocations': inProject(projects, 'run.locations.list', 'locations'),
    },
  };
}

function regionsAsked({ input: { query } }: Target): { items: readonly string[]; nextPageToken: string } {
  const size = query.get('pageSize') ?? '';
  if (!/^\d*$/.test(size)) throw invalidArgument(`Invalid page size '${size}'.`);
  const request = { pageSize: Number(size), pageToken: query.get('pageToken') ?? '' };
  return page([...REGIONS].sort(), (region) => region, request, { default: 100, max: 1000 });
}
