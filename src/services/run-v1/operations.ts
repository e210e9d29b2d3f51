/** The operations that deploys are followed by, and the locations in which they can be made. */
import { badField, defineMethod, invalidArgument, type JsonObject } from '../../google/index.js';
import { REGIONS } from '../../names/index.js';
import { page } from '../paging.js';
import { Fields } from './fields.js';
import { decodeTarget, projectOfCall, type Target } from './requests.js';
import { inProject, keyOf } from './rules.js';
import type { MethodTable, RunV1Dependencies } from './types.js';
import { operationView } from './view.js';

const OPERATION = '/v1/projects/{project}/locations/{location}/operations/{name}';

export function operationMethods({ access: { projects }, deployments }: RunV1Dependencies): MethodTable {
  return {
    methods: [
      defineMethod({
        name: 'google.longrunning.Operations.GetOperation',
        bindings: [{ verb: 'GET', template: OPERATION }],
        decode: decodeTarget(),
        handle: async (target: Target, call) => {
          const { project, location, name } = await keyOf(projects, target, call);
          return deployments.getOperation(project, location, name);
        },
        encode: operationView,
      }),
      defineMethod({
        name: 'google.longrunning.Operations.WaitOperation',
        bindings: [{ verb: 'POST', template: `${OPERATION}:wait`, body: '*' }],
        decode: decodeTarget({ body: true }),
        handle: async (target: Target, call) => {
          const { project, location, name } = await keyOf(projects, target, call);
          return deployments.waitForOperation(project, location, name, waitMs(target), call.signal);
        },
        encode: operationView,
      }),
    ],
    access: {
      'google.longrunning.Operations.GetOperation': inProject(projects, 'run.operations.get', 'operations'),
      'google.longrunning.Operations.WaitOperation': inProject(projects, 'run.operations.get', 'operations'),
    },
  };
}

export function locationMethods({ access: { projects } }: RunV1Dependencies): MethodTable {
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

/** A wait's timeout as a protobuf Duration (`30s`); 30 s when left out, which is also the most that one call waits. */
function waitMs(target: Target): number {
  const fields = Fields.of(target.input.body ?? {}, '');
  const timeout = fields.string('timeout');
  fields.done();
  if (timeout === undefined) return 30_000;
  const seconds = /^(\d+(?:\.\d{1,9})?)s$/.exec(timeout)?.[1];
  if (seconds === undefined) throw badField('timeout', 'Expected a duration such as "30s".');
  return Math.min(Number(seconds), 30) * 1000;
}
