/** Revisions: get and list, with the selectors gcloud sends. */
import type { RevisionRecord, Stored } from '../../deployments/index.js';
import {
  type AccessRule,
  type ApiMethod,
  type Call,
  defineMethod,
  invalidArgument,
  type JsonObject,
  notFound,
} from '../../google/index.js';
import {
  decodeTarget,
  locationOf,
  projectCheck,
  projectOfCall,
  runRefusal,
  serviceCheck,
  type Target,
} from './requests.js';
import { parseSelector } from './selectors.js';
import type { MethodTable, RunV1Dependencies } from './types.js';
import { revisionLabels, revisionView } from './view.js';

const PREFIX = 'google.cloud.run.v1.Revisions';
const PATHS = [
  '/apis/serving.knative.dev/v1/namespaces/{project}/revisions',
  '/v1/projects/{project}/locations/{location}/revisions',
];
const SERVICE_LABEL = 'serving.knative.dev/service';

interface Page {
  readonly rows: readonly { readonly row: Stored<RevisionRecord>; readonly serves: boolean }[];
  readonly next?: string;
}

export function revisionMethods({ access, deployments }: RunV1Dependencies): MethodTable {
  const { projects } = access;

  /** Which revisions traffic reaches, by name. */
  const served = async (project: string, location: string): Promise<ReadonlySet<string>> => {
    const services = await deployments.list(project, location);
    return new Set(services.flatMap((row) => row.value.traffic.map((target) => target.revisionName)));
  };
  const find = async (target: Target, call: Call) => {
    const project = (await projects.get(target.project))?.projectId ?? target.project;
    return deployments.getRevision(project, locationOf(target, call), target.name);
  };
  /** Revisions carry no policy: their service's decides, or the project's for one that does not exist. */
  const get: AccessRule = {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: async (target: Target, call) => {
      const row = await find(target, call);
      const service = row?.value.service;
      const check =
        service === undefined
          ? await projectCheck(projects, 'run.revisions.get', target, 'revisions')
          : await serviceCheck(projects, 'run.revisions.get', target, call, service);
      return [
        { ...check, label: `${check.label.split('/').slice(0, 2).join('/')}/revisions/${target.name}` },
      ];
    },
    refusal: runRefusal,
  };
  const list: AccessRule = {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: async (target: Target, call) => {
      const service = parseSelector(target.input.query.get('labelSelector') ?? '').valueOf(SERVICE_LABEL);
      return [
        service === undefined
          ? await projectCheck(projects, 'run.revisions.list', target, 'revisions')
          : await serviceCheck(projects, 'run.revisions.list', target, call, service),
      ];
    },
    refusal: runRefusal,
  };
  const methods: ApiMethod[] = [
    defineMethod({
      name: `${PREFIX}.GetRevision`,
      bindings: PATHS.map((path) => ({ verb: 'GET', template: `${path}/{name}` })),
      decode: decodeTarget(),
      handle: async (target: Target, call) => {
        const row = await find(target, call);
        if (!row) throw notFound(`Revision '${target.name}' was not found.`);
        const reached = await served(row.value.project, row.value.location);
        return { row, serves: reached.has(row.value.name) };
      },
      encode: ({ row, serves }) => revisionView(row, serves),
    }),
    defineMethod({
      name: `${PREFIX}.ListRevisions`,
      bindings: PATHS.map((path) => ({ verb: 'GET', template: path })),
      decode: decodeTarget({ query: ['labelSelector', 'limit', 'continue'] }),
      handle: async (target: Target, call): Promise<Page> => {
        const { projectId } = await projectOfCall(projects, target);
        const location = locationOf(target, call);
        const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
        const rows = (await deployments.listRevisions(projectId, location))
          .filter((row) => selector.matches(revisionLabels(row.value)))
          .sort(
            (a, b) =>
              b.value.createTime.localeCompare(a.value.createTime) || b.value.generation - a.value.generation,
          );
        const reached = await served(projectId, location);
        return page(rows, target, (row) => reached.has(row.value.name));
      },
      encode: ({ rows, next }): JsonObject => ({
        apiVersion: 'serving.knative.dev/v1',
        kind: 'RevisionList',
        metadata: next === undefined ? {} : { continue: next },
        items: rows.map(({ row, serves }) => revisionView(row, serves)),
        unreachable: [],
      }),
    }),
  ];
  return { methods, access: { [`${PREFIX}.GetRevision`]: get, [`${PREFIX}.ListRevisions`]: list } };
}

/** Kubernetes paging: `limit` and an opaque `continue`. @throws INVALID_ARGUMENT */
function page(
  rows: readonly Stored<RevisionRecord>[],
  target: Target,
  serves: (row: Stored<RevisionRecord>) => boolean,
): Page {
  const limitText = target.input.query.get('limit') ?? '';
  const token = target.input.query.get('continue') ?? '';
  if (!/^\d*$/.test(limitText)) throw invalidArgument(`Invalid limit '${limitText}'.`);
  const after = Buffer.from(token, 'base64url').toString();
  const start = token === '' ? 0 : rows.findIndex((row) => row.value.name === after) + 1;
  if (token !== '' && start === 0) throw invalidArgument('Invalid continue token.');
  const limit = Number(limitText) || rows.length;
  const slice = rows.slice(start, start + limit);
  const last = slice.at(-1);
  return {
    rows: slice.map((row) => ({ row, serves: serves(row) })),
    ...(last !== undefined && start + limit < rows.length
      ? { next: Buffer.from(last.value.name).toString('base64url') }
      : {}),
  };
}
