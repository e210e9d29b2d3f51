/** The methods of google.iam.v1.WorkloadIdentityPools, under their v1 and v1beta paths. */
import {
  type Api,
  type ApiMethod,
  type Call,
  defineMethod,
  type HttpBinding,
  type HttpInput,
  type JsonObject,
  type PermissionType,
} from '../../google/index.js';
import { type Addressed, auditRule, onProject, SERVICE } from './access.js';
import { poolHandlers, projectNamed, providerHandlers, type WorkloadIdentityDeps } from './handlers.js';
import { projectIn } from './names.js';
import { keptOperation, type ResourceKind } from './operations.js';
import { POOL_FIELDS } from './pools.js';
import { PROVIDER_FIELDS } from './providers.js';
import {
  auditRequest,
  type CreateRequest,
  decodeCreate,
  decodeList,
  decodeNamed,
  decodePatch,
  decodeUndelete,
  type FieldRules,
  type NamedRequest,
  type PatchRequest,
} from './requests.js';

interface Kind {
  readonly name: ResourceKind;
  readonly fields: FieldRules;
  /** The resource's pattern below the project, and its collection's parent. */
  readonly pattern: string;
  readonly parent: string;
  readonly collection: string;
  readonly idParameter: string;
}

const POOL: Kind = {
  name: 'WorkloadIdentityPool',
  fields: POOL_FIELDS,
  pattern: 'projects/*/locations/*/workloadIdentityPools/*',
  parent: 'projects/*/locations/*',
  collection: 'workloadIdentityPools',
  idParameter: 'workloadIdentityPoolId',
};
const PROVIDER: Kind = {
  name: 'WorkloadIdentityPoolProvider',
  fields: PROVIDER_FIELDS,
  pattern: 'projects/*/locations/*/workloadIdentityPools/*/providers/*',
  parent: 'projects/*/locations/*/workloadIdentityPools/*',
  collection: 'providers',
  idParameter: 'workloadIdentityPoolProviderId',
};

export function workloadIdentityMethods(deps: WorkloadIdentityDeps): Pick<Api, 'methods' | 'access'> {
  const kinds = [
    methodsOf(POOL, poolHandlers(deps), deps),
    methodsOf(PROVIDER, providerHandlers(deps), deps),
    operationMethods(deps),
  ];
  return {
    methods: kinds.flatMap(({ methods }) => methods),
    access: Object.assign({}, ...kinds.map(({ access }) => access)),
  };
}

/** One method with its rule, before it is known by its name. */
interface Defined<R> {
  readonly verb: HttpBinding['verb'];
  /** After the version. */
  readonly template: string;
  readonly body?: string;
  readonly permission: string;
  readonly type: PermissionType;
  readonly decode: (input: HttpInput) => R;
  readonly handle: (request: R, call: Call) => Promise<JsonObject>;
  /** The audit entry's request, beside its name. */
  readonly audited?: (request: R) => JsonObject;
}

function methodsOf(
  kind: Kind,
  handlers: ReturnType<typeof poolHandlers>,
  deps: WorkloadIdentityDeps,
): Pick<Api, 'methods' | 'access'> {
  const { name, pattern, parent, collection, fields, idParameter } = kind;
  const resource = fields.resource.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const named = `{name=${pattern}}`;
  const own = { decode: decodeNamed, template: named };
  return combine(kind.name, deps, {
    [`List${name}s`]: define({
      verb: 'GET',
      template: `{parent=${parent}}/${collection}`,
      permission: 'list',
      type: 'ADMIN_READ',
      decode: decodeList,
      handle: handlers.list,
    }),
    [`Get${name}`]: define({
      ...own,
      verb: 'GET',
      permission: 'get',
      type: 'ADMIN_READ',
      handle: handlers.get,
    }),
    [`Create${name}`]: define<CreateRequest>({
      verb: 'POST',
      template: `{parent=${parent}}/${collection}`,
      body: '*',
      permission: 'create',
      type: 'ADMIN_WRITE',
      decode: (input) => decodeCreate(input, fields, idParameter),
      handle: handlers.create,
      audited: (request) => ({ [idParameter]: request.id, [resource]: { ...request.fields } }),
    }),
    [`Update${name}`]: define<PatchRequest>({
      verb: 'PATCH',
      template: named,
      body: '*',
      permission: 'update',
      type: 'ADMIN_WRITE',
      decode: (input) => decodePatch(input, fields, 'name'),
      handle: handlers.patch,
      audited: (request) => ({ updateMask: request.mask.join(','), [resource]: { ...request.fields } }),
    }),
    [`Delete${name}`]: define<NamedRequest>({
      ...own,
      verb: 'DELETE',
      permission: 'delete',
      type: 'ADMIN_WRITE',
      handle: handlers.remove,
      audited: () => ({}),
    }),
    [`Undelete${name}`]: define<NamedRequest>({
      verb: 'POST',
      template: `${named}:undelete`,
      body: '*',
      permission: 'undelete',
      type: 'ADMIN_WRITE',
      decode: decodeUndelete,
      handle: handlers.undelete,
      audited: () => ({}),
    }),
  });
}

/** "The path of an operation goes on from what it is about." Whoever may see that may see it. */
function operationMethods(deps: WorkloadIdentityDeps): Pick<Api, 'methods' | 'access'> {
  const get = (pattern: string): Defined<NamedRequest> => ({
    verb: 'GET',
    template: `{name=${pattern}/operations/*}`,
    permission: 'get',
    type: 'ADMIN_READ',
    decode: decodeNamed,
    handle: async ({ name }) => {
      const { number } = await projectNamed(deps, projectIn(name));
      return keptOperation(deps.store, name.replace(/^projects\/[^/]+/, `projects/${number}`));
    },
  });
  const ofPools = combine(POOL.name, deps, { GetWorkloadIdentityPoolOperation: define(get(POOL.pattern)) });
  const ofProviders = combine(PROVIDER.name, deps, {
    GetWorkloadIdentityPoolProviderOperation: define(get(PROVIDER.pattern)),
  });
  return {
    methods: [...ofPools.methods, ...ofProviders.methods],
    access: { ...ofPools.access, ...ofProviders.access },
  };
}

type Make = (name: string, deps: WorkloadIdentityDeps) => ApiMethod;

interface Entry {
  readonly make: Make;
  readonly permission: string;
  readonly type: PermissionType;
}

function define<R extends Addressed>(defined: Defined<R>): Entry {
  const { verb, template, body, decode, handle, audited, permission, type } = defined;
  const route = (version: string): HttpBinding => ({
    verb,
    template: `/${version}/${template}`,
    ...(body === undefined ? {} : { body }),
  });
  const make: Make = (name, { access }) =>
    defineMethod<R, JsonObject>({
      name: `${SERVICE}.${name}`,
      bindings: [route('v1'), route('v1beta')],
      decode,
      handle,
      encode: (response) => response,
      ...(audited === undefined
        ? {}
        : {
            audit: auditRule(access, name, (request: R) =>
              auditRequest(name, {
                ...('name' in request ? { name: request.name } : { parent: request.parent }),
                ...audited(request),
              }),
            ),
          }),
    });
  return { make, permission, type };
}

function combine(
  kind: ResourceKind,
  deps: WorkloadIdentityDeps,
  entries: Readonly<Record<string, Entry>>,
): Pick<Api, 'methods' | 'access'> {
  return {
    methods: Object.entries(entries).map(([name, { make }]) => make(name, deps)),
    access: Object.fromEntries(
      Object.entries(entries).map(([name, { permission, type }]) => [
        `${SERVICE}.${name}`,
        onProject(kind, permission, type),
      ]),
    ),
  };
}
