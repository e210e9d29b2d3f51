/** Organizations, which only an estate makes: v3 by its protos, v1 by hand. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { iamMethods, type Organization, organizationTitle, policyMethods } from '../../access/index.js';
import {
  Organization_State,
  type OrganizationSchema,
  Organizations,
} from '../../google/gen/google/cloud/resourcemanager/v3/organizations_pb.js';
import {
  type AccessRule,
  type Api,
  type ApiMethod,
  badField,
  type Call,
  defineMethod,
  type HttpBinding,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  protoMethods,
} from '../../google/index.js';
import { organizationName } from '../../names/index.js';
import { page } from '../paging.js';
import { checked, readable } from './access.js';
import { check, denied, type ResourceManagerDeps } from './deps.js';
import { containerPolicy } from './folder-access.js';
import { parseOrganizationQuery } from './query.js';
import { onlyParameters } from './v1-json.js';
import { weakEtag } from './weak-etag.js';

interface Named {
  readonly name: string;
}

interface SearchRequest {
  readonly query: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

const PAGES = { default: 300, max: 1000 };

export function organizationMethods(deps: ResourceManagerDeps): Pick<Api, 'methods' | 'access'> {
  const v1 = v1Organizations(deps);
  const v3 = v3Organizations(deps);
  return { methods: [...v1.methods, ...v3.methods], access: { ...v1.access, ...v3.access } };
}

/** The organization's number. @throws GoogleError INVALID_ARGUMENT */
function organizationIn(name: string): string {
  const [, id] = /^organizations\/(\d+)$/.exec(name) ?? [];
  if (id === undefined)
    throw badField('name', `"${name}" is not of the form organizations/ORGANIZATION_NUMBER.`);
  return id;
}

const getRule: AccessRule = checked('ADMIN_READ', ({ name }: Named) => [
  check('resourcemanager.organizations.get', `organizations/${organizationIn(name)}`),
]);

async function existingOrganization({ access }: ResourceManagerDeps, name: string): Promise<Organization> {
  const organization = await access.organizations.get(organizationIn(name));
  if (!organization) throw denied(name);
  return organization;
}

async function search({ access }: ResourceManagerDeps, request: SearchRequest, { principal, time }: Call) {
  const visible: Organization[] = [];
  for (const organization of (await access.organizations.list()).filter(
    parseOrganizationQuery(request.query),
  )) {
    const resource = organizationName(organization.id);
    if (await access.isGranted(principal, 'resourcemanager.organizations.get', resource, time)) {
      visible.push(organization);
    }
  }
  return page(visible, ({ id }) => id, request, PAGES);
}

function v3Organizations(deps: ResourceManagerDeps): Pick<Api, 'methods' | 'access'> {
  const policies = policyMethods(deps.access, containerPolicy(deps.access, 'organizations'));
  const rule = (name: string) => `${Organizations.typeName}.${name}`;
  return {
    methods: protoMethods(
      Organizations,
      {
        getOrganization: async ({ name }) => organizationMessage(await existingOrganization(deps, name)),
        searchOrganizations: async (request, call) => {
          const { items, nextPageToken } = await search(deps, request, call);
          return { organizations: items.map(organizationMessage), nextPageToken };
        },
        ...policies.handlers,
      },
      { audit: policies.audit },
    ),
    access: {
      [rule('GetOrganization')]: getRule,
      [rule('SearchOrganizations')]: readable('the answer', 'organizations'),
      [rule('GetIamPolicy')]: policies.rules.getIamPolicy,
      [rule('SetIamPolicy')]: policies.rules.setIamPolicy,
      [rule('TestIamPermissions')]: policies.rules.testIamPermissions,
    },
  };
}

function organizationMessage(organization: Organization): MessageInitShape<typeof OrganizationSchema> {
  const { id, customerId, createTime } = organization;
  const time = timestampFromDate(new Date(createTime));
  return {
    name: `organizations/${id}`,
    displayName: organizationTitle(organization),
    owner: { case: 'directoryCustomerId', value: customerId },
    state: Organization_State.ACTIVE,
    createTime: time,
    updateTime: time,
    etag: weakEtag(Object.values(organization)),
  };
}

const v1 = <N extends string>(name: N) => `google.cloudresourcemanager.v1.Organizations.${name}` as const;

/** v1 has no protos: its methods are named and routed by hand. */
function v1Organizations(deps: ResourceManagerDeps): Pick<Api, 'methods' | 'access'> {
  const post = (verb: string): HttpBinding[] => [
    { verb: 'POST', template: `/v1/{resource=organizations/*}:${verb}`, body: '*' },
  ];
  const policies = iamMethods(deps.access, containerPolicy(deps.access, 'organizations'), {
    getIamPolicy: { name: v1('GetIamPolicy'), bindings: post('getIamPolicy') },
    setIamPolicy: { name: v1('SetIamPolicy'), bindings: post('setIamPolicy') },
    testIamPermissions: { name: v1('TestIamPermissions'), bindings: post('testIamPermissions') },
  });
  return {
    methods: [getMethod(deps), searchMethod(deps), ...policies.methods],
    access: {
      ...policies.access,
      [v1('GetOrganization')]: getRule,
      [v1('SearchOrganizations')]: readable('the answer', 'organizations'),
    },
  };
}

function getMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<Named, JsonObject>({
    name: v1('GetOrganization'),
    bindings: [{ verb: 'GET', template: '/v1/{name=organizations/*}' }],
    decode: (input) => {
      onlyParameters(input);
      return { name: input.path.name ?? '' };
    },
    handle: async ({ name }) => organizationJson(await existingOrganization(deps, name)),
    encode: (response) => response,
  });
}

function searchMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<SearchRequest, JsonObject>({
    name: v1('SearchOrganizations'),
    bindings: [{ verb: 'POST', template: '/v1/organizations:search', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      return readSearch(input.body);
    },
    handle: async (request, call) => {
      const { items, nextPageToken } = await search(deps, request, call);
      return {
        ...(items.length === 0 ? {} : { organizations: items.map(organizationJson) }),
        ...(nextPageToken === '' ? {} : { nextPageToken }),
      };
    },
    encode: (response) => response,
  });
}

/** v1 calls the query a filter. @throws GoogleError INVALID_ARGUMENT */
function readSearch(body: JsonValue | undefined): SearchRequest {
  if (body === undefined || body === null) return { query: '', pageSize: 0, pageToken: '' };
  if (!isJsonObject(body))
    throw invalidArgument('Invalid JSON payload received. The body must be an object.');
  const { filter, pageSize, pageToken, ...others } = body;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw invalidArgument(`Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.`);
  }
  if (pageSize !== undefined && pageSize !== null && !Number.isInteger(pageSize))
    throw badField('page_size', 'page_size must be a number.');
  return {
    query: text(filter, 'filter'),
    pageSize: typeof pageSize === 'number' ? pageSize : 0,
    pageToken: text(pageToken, 'page_token'),
  };
}

function text(value: JsonValue | undefined, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw badField(field, `${field} must be a string.`);
  return value;
}

function organizationJson(organization: Organization): JsonObject {
  const { id, customerId, createTime } = organization;
  return {
    displayName: organizationTitle(organization),
    owner: { directoryCustomerId: customerId },
    creationTime: createTime,
    lifecycleState: 'ACTIVE',
    name: `organizations/${id}`,
  };
}
