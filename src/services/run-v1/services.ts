/** Services: create, replace, delete, get, list; the locations; and the operations that deploys are followed by. */
import type { ServiceKey, ServiceRecord, Stored } from '../../deployments/index.js';
import {
  type AccessRule,
  type ApiMethod,
  type AuditRule,
  badField,
  type Call,
  defineMethod,
  type HttpBinding,
  invalidArgument,
  isJsonObject,
  type JsonObject,
} from '../../google/index.js';
import { REGIONS } from '../../names/index.js';
import { page } from '../paging.js';
import { Fields } from './fields.js';
import { parseService } from './parse-service.js';
import {
  decodeTarget,
  locationOf,
  projectCheck,
  projectOfCall,
  runRefusal,
  serviceCheck,
  serviceMonitored,
  type Target,
} from './requests.js';
import { parseSelector } from './selectors.js';
import type { MethodTable, RunV1Dependencies } from './types.js';
import { operationView, serviceView, versionOf } from './view.js';

const PREFIX = 'google.cloud.run.v1.Services';
const NAMESPACED = '/apis/serving.knative.dev/v1/namespaces/{project}/services';
const LOCATED = '/v1/projects/{project}/locations/{location}/services';

/** The same call by both of its paths. */
function both(verb: HttpBinding['verb'], one: boolean, body: boolean): readonly HttpBinding[] {
  return [NAMESPACED, LOCATED].map((path) => ({
    verb,
    template: one ? `${path}/{name}` : path,
    ...(body ? { body: '*' } : {}),
  }));
}

export function serviceMethods(deps: RunV1Dependencies): MethodTable {
  const { access, deployments } = deps;
  const { projects } = access;
  const keyOf = async (target: Target, call: Call): Promise<ServiceKey> => ({
    project: (await projectOfCall(projects, target)).projectId,
    location: locationOf(target, call),
    name: target.name,
  });
  const on = (permission: string): AccessRule => ({
    kind: 'permission',
    type: permission.endsWith('.delete') ? 'ADMIN_WRITE' : 'ADMIN_READ',
    checks: async (target: Target, call) => [await serviceCheck(projects, permission, target, call)],
    refusal: runRefusal,
  });
  const inProject = (permission: string, collection: string): AccessRule => ({
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: async (target: Target) => [await projectCheck(projects, permission, target, collection)],
    refusal: runRefusal,
  });
  const judged: AccessRule = {
    kind: 'handler',
    type: 'ADMIN_WRITE',
    why: "the checkpoint's requirements decide, of which the run permission is one",
  };

  const write =
    (kind: 'create' | 'replace') =>
    async (target: Target, call: Call): Promise<Stored<ServiceRecord>> => {
      const location = locationOf(target, call);
      // A project that does not exist is refused in the words that a stranger's is.
      const project = await projects.get(target.project);
      if (!project)
        throw runRefusal(
          await serviceCheck(
            projects,
            kind === 'create' ? 'run.services.create' : 'run.services.update',
            target,
            call,
            nameIn(target),
          ),
        );
      const { projectId: id, number } = project;
      const parsed = parseService(target.input.body, number);
      if (parsed.namespace !== '' && parsed.namespace !== id && parsed.namespace !== number) {
        throw badField(
          'metadata.namespace',
          `The namespace '${parsed.namespace}' does not match the project '${id}' of the request.`,
        );
      }
      if (kind === 'replace' && parsed.name !== target.name) {
        throw badField(
          'metadata.name',
          `The name '${parsed.name}' does not match the service '${target.name}' of the request.`,
        );
      }
      const ifVersion = parsed.resourceVersion === undefined ? undefined : versionOf(parsed.resourceVersion);
      if (parsed.resourceVersion !== undefined && ifVersion === undefined) {
        throw badField('metadata.resourceVersion', `'${parsed.resourceVersion}' is no resource version.`);
      }
      const request = {
        key: { project: id, location, name: parsed.name },
        projectNumber: number,
        apiVersion: 'v1',
        spec: parsed.spec,
        dryRun: dryRun(target),
        ...(ifVersion === undefined || kind === 'create' ? {} : { ifVersion }),
      } as const;
      return deployments.writer[kind](request, call);
    };

  const methods: ApiMethod[] = [
    defineMethod({
      name: `${PREFIX}.CreateService`,
      bindings: both('POST', false, true),
      decode: decodeTarget({ query: ['dryRun'], body: true }),
      handle: write('create'),
      encode: serviceView,
      audit: audit(deps, 'google.cloud.run.v1.CreateServiceRequest'),
    }),
    defineMethod({
      name: `${PREFIX}.ReplaceService`,
      bindings: both('PUT', true, true),
      decode: decodeTarget({ query: ['dryRun'], body: true }),
      handle: write('replace'),
      encode: serviceView,
      audit: audit(deps, 'google.cloud.run.v1.ReplaceServiceRequest'),
    }),
    defineMethod({
      name: `${PREFIX}.DeleteService`,
      bindings: both('DELETE', true, false),
      decode: decodeTarget(),
      handle: async (target: Target, call) => deployments.writer.remove(await keyOf(target, call)),
      encode: () => ({ apiVersion: 'v1', kind: 'Status', status: 'Success' }),
      audit: audit(deps, 'google.cloud.run.v1.DeleteServiceRequest'),
    }),
    defineMethod({
      name: `${PREFIX}.GetService`,
      bindings: both('GET', true, false),
      decode: decodeTarget(),
      handle: async (target: Target, call) => deployments.get(await keyOf(target, call)),
      encode: serviceView,
    }),
    defineMethod({
      name: `${PREFIX}.ListServices`,
      bindings: both('GET', false, false),
      decode: decodeTarget({ query: ['labelSelector'] }),
      handle: async (target: Target, call) => {
        const project = await projectOfCall(projects, target);
        // `locations/-` and the global host mean every region.
        const everywhere = target.location === '-' || (target.location ?? call.location) === undefined;
        const rows = await deployments.list(
          project.projectId,
          everywhere ? undefined : locationOf(target, call),
        );
        const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
        return rows.filter((row) =>
          selector.matches({ ...row.value.spec.labels, 'cloud.googleapis.com/location': row.value.location }),
        );
      },
      encode: (rows): JsonObject => ({
        apiVersion: 'serving.knative.dev/v1',
        kind: 'ServiceList',
        metadata: {},
        items: rows.map(serviceView),
        unreachable: [],
      }),
    }),
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
    defineMethod({
      name: 'google.longrunning.Operations.GetOperation',
      bindings: [{ verb: 'GET', template: '/v1/projects/{project}/locations/{location}/operations/{name}' }],
      decode: decodeTarget(),
      handle: async (target: Target, call) => {
        const key = await keyOf(target, call);
        return deployments.getOperation(key.project, key.location, key.name);
      },
      encode: operationView,
    }),
    defineMethod({
      name: 'google.longrunning.Operations.WaitOperation',
      bindings: [
        {
          verb: 'POST',
          template: '/v1/projects/{project}/locations/{location}/operations/{name}:wait',
          body: '*',
        },
      ],
      decode: decodeTarget({ body: true }),
      handle: async (target: Target, call) => {
        const key = await keyOf(target, call);
        return deployments.waitForOperation(key.project, key.location, key.name, waitMs(target), call.signal);
      },
      encode: operationView,
    }),
  ];
  return {
    methods,
    access: {
      [`${PREFIX}.CreateService`]: judged,
      [`${PREFIX}.ReplaceService`]: judged,
      [`${PREFIX}.DeleteService`]: on('run.services.delete'),
      [`${PREFIX}.GetService`]: on('run.services.get'),
      [`${PREFIX}.ListServices`]: inProject('run.services.list', 'services'),
      'google.cloud.location.Locations.ListLocations': inProject('run.locations.list', 'locations'),
      'google.longrunning.Operations.GetOperation': inProject('run.operations.get', 'operations'),
      'google.longrunning.Operations.WaitOperation': inProject('run.operations.get', 'operations'),
    },
  };
}

function dryRun(target: Target): boolean {
  const value = target.input.query.get('dryRun') ?? '';
  if (value !== '' && value !== 'all')
    throw invalidArgument(`Invalid value '${value}' for dryRun: only 'all' is supported.`);
  return value === 'all';
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

/** The service's name, which a create has in its body only. */
function nameIn(target: Target): string {
  if (target.name !== '') return target.name;
  const { body } = target.input;
  const metadata = isJsonObject(body) ? body.metadata : undefined;
  const name = isJsonObject(metadata) ? metadata.name : undefined;
  return typeof name === 'string' ? name : '';
}

function audit({ access }: RunV1Dependencies, type: string): AuditRule {
  const location = (target: Target, call: Call) => target.location ?? call.location ?? '';
  return {
    serviceName: 'run.googleapis.com',
    resourceName: (target: Target) => `namespaces/${target.project}/services/${nameIn(target)}`,
    monitored: (target: Target, call) =>
      serviceMonitored(target.project, location(target, call), nameIn(target)),
    project: async (target: Target) =>
      (await access.projects.get(target.project))?.projectId ?? target.project,
    request: (target: Target, call) => ({
      '@type': `type.googleapis.com/${type}`,
      name: `projects/${target.project}/locations/${location(target, call)}/services/${nameIn(target)}`,
      region: location(target, call),
      ...(isJsonObject(target.input.body) ? { service: target.input.body } : {}),
    }),
    response: (answer: Stored<ServiceRecord> | ServiceRecord) =>
      'version' in answer
        ? { '@type': 'type.googleapis.com/google.cloud.run.v1.Service', ...serviceView(answer) }
        : undefined,
  };
}
