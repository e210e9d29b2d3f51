/** Get, list, create, update and delete, for any kind of resource: what differs between them stands in a {@link ResourceKind}. */
import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import type { PolicyMethods } from '../../access/index.js';
import { refusals } from '../../checkpoint/index.js';
import type { OperationRecord, ResourceKey, Stored, WrittenRecord } from '../../deployments/index.js';
import type { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type AccessRule,
  badField,
  type Call,
  isJsonObject,
  type JsonObject,
  messageToJson,
} from '../../google/index.js';
import { RUN_COLLECTION, type RunKind } from '../../names/index.js';
import { page } from '../paging.js';
import { judged, projectIdOf, type RunDependencies, requireRegion, runRefusal } from '../run/context.js';
import { asInProtos } from '../run/fields.js';
import { parseLocation, parseRunName, type RunName, spellRunName } from '../run/names.js';
import { nameOrder, PAGES, sortedBy } from '../run/order.js';
import { onProject } from '../run/rules.js';
import type { StoredResources } from '../run/stored.js';
import { matchEtag } from './etag.js';
import { masked } from './mask.js';
import { operationMessage, validated } from './operations.js';
import { versionOf } from './record-view.js';
import { keyOf, onResource } from './rules.js';

/** What a parse needs to know beside the resource. */
export interface ParseContext<R> {
  /** The resource's name. */
  readonly name: string;
  readonly projectNumber: string;
  /** The request's type, which refusals begin with, e.g. `CreateJobRequest`. */
  readonly request: string;
  /** The resource as it is: what v2 cannot say of it stays. */
  readonly before: R | undefined;
}

export interface ResourceKind<D extends DescMessage, Spec, R extends WrittenRecord<Spec>> {
  readonly kind: RunKind;
  readonly schema: D;
  readonly resources: StoredResources<Spec, R>;
  readonly message: (record: R) => MessageInitShape<D>;
  /** The fields that clients set, as they would have to be sent to leave the resource as it is. */
  readonly input: (record: R) => MessageInitShape<D>;
  /** @throws INVALID_ARGUMENT naming the field */
  readonly parse: (resource: JsonObject, context: ParseContext<R>) => Spec;
}

interface ListRequest {
  readonly parent: string;
  readonly pageSize: number;
  readonly pageToken: string;
  readonly showDeleted: boolean;
}

interface CreateRequest<D extends DescMessage> {
  readonly parent: string;
  readonly id: string;
  readonly resource: MessageShape<D> | undefined;
  readonly validateOnly: boolean;
}

interface UpdateRequest<D extends DescMessage> {
  readonly resource: (MessageShape<D> & { readonly name: string; readonly etag: string }) | undefined;
  /** Of the mask; left out by a request that has none. */
  readonly paths?: readonly string[] | undefined;
  readonly allowMissing: boolean;
  readonly validateOnly: boolean;
  readonly forceNewRevision?: boolean;
}

interface DeleteRequest {
  readonly name: string;
  readonly etag: string;
  readonly validateOnly: boolean;
}

type OperationInit = MessageInitShape<typeof OperationSchema>;

/** The operation as it is answered: of a validation, nothing is left to be looked up. */
export const answer = (operation: OperationRecord, validateOnly: boolean): OperationInit =>
  validateOnly ? validated(operation.subject) : operationMessage(operation);

export function resourceCalls<D extends DescMessage, Spec, R extends WrittenRecord<Spec>>(
  deps: RunDependencies,
  kind: ResourceKind<D, Spec, R>,
) {
  const { schema, resources, message } = kind;
  const field = schema.name.charAt(0).toLowerCase() + schema.name.slice(1);
  const required = (resource: MessageShape<D> | undefined, request: string): JsonObject => {
    if (resource === undefined)
      throw badField(`Violation in ${request}.${asInProtos(field)}`, 'required field not present.');
    return jsonOf(resource);
  };
  const unchanged =
    (etag: string) =>
    ({ value }: Stored<R>): void =>
      matchEtag(etag, versionOf(kind.kind, value), value.name);
  const jsonOf = (resource: MessageInitShape<D>): JsonObject => {
    const json = messageToJson(schema, create(schema, resource));
    return isJsonObject(json) ? json : {};
  };
  return {
    get: async ({ name }: { readonly name: string }): Promise<MessageInitShape<D>> => {
      const { value } = await resources.get(await keyOf(deps, parseRunName(kind.kind, name)));
      return message(value);
    },

    list: async (
      request: ListRequest,
      call: Call,
    ): Promise<{ readonly items: MessageInitShape<D>[]; readonly nextPageToken: string }> => {
      const { project, location } = parseLocation(request.parent);
      const id = await projectIdOf(deps.access.projects, project);
      const where = location === '-' ? undefined : location;
      const rows = await resources.list(id, where);
      const deleted = request.showDeleted ? await resources.listDeleted(id, where, call.time) : [];
      const all = sortedBy([...rows.map(({ value }) => value), ...deleted], nameOrder);
      const query = `${kind.kind} ${request.parent} ${request.showDeleted}`;
      const { items, nextPageToken } = page(all, nameOrder, { ...request, query }, PAGES);
      return { items: items.map(message), nextPageToken };
    },

    create: async (
      { parent, id, resource, validateOnly }: CreateRequest<D>,
      call: Call,
    ): Promise<OperationInit> => {
      const request = `Create${schema.name}Request`;
      if (id === '')
        throw badField(`Violation in ${request}.${asInProtos(field)}_id`, 'required field not present.');
      const name = { kind: kind.kind, ...parseLocation(parent), name: id };
      const target = await targetOf(deps, name, 'create');
      const given = required(resource, request);
      const context = { name: id, projectNumber: target.projectNumber, request, before: undefined };
      const { operation } = await resources.writer.create(
        { ...target, spec: () => kind.parse(given, context), dryRun: validateOnly },
        call,
      );
      return answer(operation, validateOnly);
    },

    update: async (
      { resource, paths = [], allowMissing, validateOnly, forceNewRevision = false }: UpdateRequest<D>,
      call: Call,
    ): Promise<OperationInit> => {
      const target = await targetOf(deps, parseRunName(kind.kind, resource?.name ?? ''), 'update');
      const request = `Update${schema.name}Request`;
      const given = required(resource, request);
      const write = {
        ...target,
        spec: (before: R | undefined) => {
          const wanted = before ? masked(schema, jsonOf(kind.input(before)), given, paths) : given;
          return kind.parse(wanted, {
            name: target.key.name,
            projectNumber: target.projectNumber,
            request,
            before,
          });
        },
        check: unchanged(resource?.etag ?? ''),
        dryRun: validateOnly,
        forceNewRevision,
      };
      const { writer } = resources;
      const { operation } = await (allowMissing ? writer.upsert(write, call) : writer.update(write, call));
      return answer(operation, validateOnly);
    },

    remove: async ({ name, etag, validateOnly }: DeleteRequest, call: Call): Promise<OperationInit> => {
      const key = await keyOf(deps, parseRunName(kind.kind, name));
      const operation = await resources.remove(key, call, { check: unchanged(etag), dryRun: validateOnly });
      return answer(operation, validateOnly);
    },
  };
}

/** @throws PERMISSION_DENIED for a project that does not exist, as for a stranger's */
async function targetOf(
  { access: { projects } }: RunDependencies,
  name: RunName,
  verb: 'create' | 'update',
): Promise<{ readonly key: ResourceKey; readonly projectNumber: string; readonly apiVersion: 'v2' }> {
  requireRegion(name.location);
  const project = await projects.get(name.project);
  if (!project) {
    const permission = refusals.runPermission(name.kind, verb);
    throw runRefusal({ permission, resource: '//', label: spellRunName(name) });
  }
  return {
    key: { project: project.projectId, location: name.location, name: name.name },
    projectNumber: project.number,
    apiVersion: 'v2',
  };
}

/**
 * What the calls of a kind need.
 * @param service the full name of the API's service, e.g. `google.cloud.run.v2.Jobs`
 */
export function resourceRules<D extends DescMessage, Spec, R extends WrittenRecord<Spec>>(
  { access: { projects } }: RunDependencies,
  { kind, schema }: ResourceKind<D, Spec, R>,
  service: string,
  policies: PolicyMethods['rules'],
): Readonly<Record<string, AccessRule>> {
  const named = ({ name }: { readonly name: string }) => parseRunName(kind, name);
  const permission = (verb: string) => refusals.runPermission(kind, verb);
  return {
    [`${service}.Create${schema.name}`]: judged,
    [`${service}.Update${schema.name}`]: judged,
    [`${service}.Delete${schema.name}`]: onResource(projects, 'ADMIN_WRITE', permission('delete'), named),
    [`${service}.Get${schema.name}`]: onResource(projects, 'ADMIN_READ', permission('get'), named),
    [`${service}.List${schema.name}s`]: onProject(
      projects,
      'ADMIN_READ',
      permission('list'),
      ({ parent }: { readonly parent: string }) => ({
        ...parseLocation(parent),
        label: `${parent}/${RUN_COLLECTION[kind]}`,
      }),
    ),
    [`${service}.GetIamPolicy`]: policies.getIamPolicy,
    [`${service}.SetIamPolicy`]: policies.setIamPolicy,
    [`${service}.TestIamPermissions`]: policies.testIamPermissions,
  };
}
