/** Get and list, for any kind of resource. */
import { refusals } from '../../checkpoint/index.js';
import type { Described, Stored, WrittenRecord } from '../../deployments/index.js';
import { type Call, defineMethod, type JsonObject } from '../../google/index.js';
import { RUN_COLLECTION } from '../../names/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { nameOrder, sortedBy } from '../run/order.js';
import { LIST_PARAMETERS, type Listed, listed } from './paging.js';
import { decodeTarget, locationOf, projectOfCall, type Target } from './requests.js';
import { prefixOf, type ResourceKind, routes } from './resource-kind.js';
import { inProject, keyOf, onResource } from './rules.js';
import { parseSelector } from './selectors.js';

/** What reading asks of a kind. */
export type ReadableKind<Spec extends Described, R extends WrittenRecord<Spec>> = Pick<
  ResourceKind<Spec, R>,
  'kind' | 'object' | 'paths' | 'resources' | 'view'
>;

export function readMethods<Spec extends Described, R extends WrittenRecord<Spec>>(
  { access: { projects } }: RunDependencies,
  kind: ReadableKind<Spec, R>,
): MethodTable {
  const { object, resources, view } = kind;
  const get = `${prefixOf(kind)}.Get${object.kind}`;
  const list = `${prefixOf(kind)}.List${object.kind}s`;
  const permission = (verb: string) => refusals.runPermission(kind.kind, verb);
  return {
    methods: [
      defineMethod({
        name: get,
        bindings: routes(kind, 'GET', '/{name}'),
        decode: decodeTarget(),
        handle: async (target: Target, call) => resources.get(await keyOf(projects, target, call)),
        encode: view,
      }),
      defineMethod({
        name: list,
        bindings: routes(kind, 'GET'),
        decode: decodeTarget({ query: LIST_PARAMETERS }),
        handle: async (target: Target, call): Promise<Listed<Stored<R>>> => {
          const { projectId } = await projectOfCall(projects, target);
          const rows = await resources.list(projectId, listedLocation(target, call));
          const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
          const selected = rows.filter(({ value }) =>
            selector.matches({ ...value.spec.labels, 'cloud.googleapis.com/location': value.location }),
          );
          const order = (row: Stored<R>) => nameOrder(row.value);
          return listed(sortedBy(selected, order), order, target);
        },
        encode: (page) => listView(object, page, view),
      }),
    ],
    access: {
      [get]: onResource(kind.kind, projects, 'ADMIN_READ', permission('get')),
      [list]: inProject(projects, permission('list'), RUN_COLLECTION[kind.kind].toLowerCase()),
    },
  };
}

/** Where a list looks: `locations/-` and the global host mean every region, which is undefined here. */
export function listedLocation(target: Target, call: Call): string | undefined {
  const everywhere = target.location === '-' || (target.location ?? call.location) === undefined;
  return everywhere ? undefined : locationOf(target, call);
}

/** A page of objects as Kubernetes' list of them. */
export function listView<T>(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  { items, metadata }: Listed<T>,
  view: (item: T) => JsonObject,
): JsonObject {
  return { apiVersion, kind: `${kind}List`, metadata, items: items.map(view), unreachable: [] };
}
