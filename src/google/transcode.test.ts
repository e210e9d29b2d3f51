import { create, createRegistry } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GoogleError } from './errors.js';
import { type CreateServiceRequest, ServiceSchema, Services } from './gen/google/cloud/run/v2/service_pb.js';
import { ArtifactRegistry } from './gen/google/devtools/artifactregistry/v1/service_pb.js';
import { IAM } from './gen/google/iam/admin/v1/iam_pb.js';
import { IAMPolicy } from './gen/google/iam/v1/iam_policy_pb.js';
import { OperationSchema } from './gen/google/longrunning/operations_pb.js';
import type { JsonValue } from './json.js';
import type { ApiMethod, Call } from './method.js';
import { messageFromJson } from './proto-json.js';
import { protoMethods } from './transcode.js';

const call = {} as Call;

function find(methods: readonly ApiMethod[], name: string): ApiMethod {
  const method = methods.find((candidate) => candidate.name.endsWith(`.${name}`));
  if (!method) throw new Error(`no method ${name}`);
  return method;
}

function decode(
  method: ApiMethod,
  input: { path?: Record<string, string>; query?: string; body?: JsonValue },
): unknown {
  return method.decode({
    path: input.path ?? {},
    query: new URLSearchParams(input.query),
    body: input.body,
  });
}

function refusal(run: () => unknown): GoogleError {
  try {
    run();
  } catch (error) {
    if (error instanceof GoogleError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const run = protoMethods(Services, {});
const artifacts = protoMethods(ArtifactRegistry, {});
const iam = protoMethods(IAM, {});

describe('routes', () => {
  it('takes them from google.api.http, additional bindings too', () => {
    expect(find(run, 'CreateService').bindings).toEqual([
      { verb: 'POST', template: '/v2/{parent=projects/*/locations/*}/services', body: 'service' },
    ]);
    const roles = find(iam, 'ListRoles').bindings.map((binding) => binding.template);
    expect(roles).toContain('/v1/roles');
    expect(roles).toContain('/v1/{parent=projects/*}/roles');
  });

  it('lets an API replace and add routes', () => {
    const setIamPolicy = [
      { verb: 'POST', template: '/v1/{resource=projects/*}:setIamPolicy', body: '*' },
    ] as const;
    const methods = protoMethods(
      IAMPolicy,
      {},
      { bindings: { setIamPolicy }, moreBindings: { getIamPolicy: setIamPolicy } },
    );
    expect(find(methods, 'SetIamPolicy').bindings).toEqual(setIamPolicy);
    expect(find(methods, 'GetIamPolicy').bindings).toHaveLength(2);
  });
});

describe('decode', () => {
  it('puts path, query and body field together', () => {
    const request = decode(find(artifacts, 'CreateRepository'), {
      path: { parent: 'projects/p/locations/l' },
      query: 'repositoryId=r&alt=json&%24.xgafv=2&prettyPrint=true&key=k&quotaUser=q',
      body: { format: 'DOCKER', mode: 'MODE_UNSPECIFIED', labels: { a: 'b' } },
    });
    expect(request).toMatchObject({
      parent: 'projects/p/locations/l',
      repositoryId: 'r',
      repository: { format: 1, labels: { a: 'b' } },
    });
  });

  it('reads query parameters in both spellings, nested, as enums, with Python booleans', () => {
    const list = find(iam, 'ListRoles');
    for (const query of [
      'pageSize=100&showDeleted=False&view=FULL',
      'page_size=100&show_deleted=false&view=1',
    ]) {
      expect(decode(list, { query })).toMatchObject({ pageSize: 100, showDeleted: false, view: 1 });
    }
    const getIamPolicy = decode(find(iam, 'GetIamPolicy'), {
      path: { resource: 'projects/-/serviceAccounts/a@b.c' },
      query: 'options.requestedPolicyVersion=3',
      body: {},
    });
    expect(getIamPolicy).toMatchObject({ options: { requestedPolicyVersion: 3 } });
  });

  it('reads repeated parameters and field masks', () => {
    const test = protoMethods(
      IAMPolicy,
      {},
      {
        bindings: { testIamPermissions: [{ verb: 'GET', template: '/v1/{resource=**}:testIamPermissions' }] },
      },
    );
    expect(
      decode(find(test, 'TestIamPermissions'), { query: 'permissions=a.b.c&permissions=d.e.f' }),
    ).toMatchObject({
      permissions: ['a.b.c', 'd.e.f'],
    });
    for (const mask of ['displayName,labels', 'display_name,labels']) {
      expect(
        decode(find(artifacts, 'UpdateRepository'), { query: `updateMask=${mask}`, body: {} }),
      ).toMatchObject({
        updateMask: { paths: ['display_name', 'labels'] },
      });
    }
  });

  it('takes snake-case bodies and lets the path win over the body', () => {
    const request = decode(find(iam, 'CreateServiceAccount'), {
      path: { name: 'projects/p' },
      body: { name: 'projects/other', account_id: 'a', serviceAccount: { display_name: 'A' } },
    });
    expect(request).toMatchObject({
      name: 'projects/p',
      accountId: 'a',
      serviceAccount: { displayName: 'A' },
    });
    expect(
      decode(find(artifacts, 'UpdateRepository'), {
        path: { 'repository.name': 'projects/p/locations/l/repositories/r' },
        body: { name: 'x', description: 'd' },
      }),
    ).toMatchObject({ repository: { name: 'projects/p/locations/l/repositories/r', description: 'd' } });
  });

  it('refuses unknown names where they stand, in the words of the REST APIs', () => {
    const create = find(run, 'CreateService');
    const error = refusal(() =>
      decode(create, { body: { template: { containers: [{ imagee: 'x' }] }, x: 1 } }),
    );
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(error.message).toBe(
      `Invalid JSON payload received. Unknown name "imagee" at 'service.template.containers[0]': Cannot find field.\n` +
        `Invalid JSON payload received. Unknown name "x" at 'service': Cannot find field.`,
    );
    expect(refusal(() => decode(find(iam, 'CreateRole'), { body: { x: 1 } })).message).toBe(
      'Invalid JSON payload received. Unknown name "x": Cannot find field.',
    );
    expect(refusal(() => decode(create, { query: 'nope=1' })).message).toBe(
      `Invalid JSON payload received. Unknown name "nope": Cannot bind query parameter. Field 'nope' could not be found in request message.`,
    );
  });

  it.each<[string, { query?: string; body?: JsonValue }, string]>([
    ['ListRoles', { query: 'pageSize=abc' }, "Invalid value at 'page_size' (TYPE_INT32)"],
    ['ListRoles', { query: 'pageSize=1&pageSize=2' }, 'pageSize: given 2 times'],
    [
      'ListRoles',
      { query: 'view=NOPE' },
      `Invalid value at 'view' (type.googleapis.com/google.iam.admin.v1.RoleView), "NOPE"`,
    ],
    ['ListRoles', { query: 'alt=proto' }, 'Invalid alt'],
    ['ListRoles', { query: 'fields=roles' }, 'fields is not supported'],
    ['ListRoles', { body: { pageSize: 1 } }, 'body must be empty'],
    ['CreateRole', { body: [] }, 'Root element must be a message'],
    ['CreateRole', { body: { role: 'x' } }, `Invalid value at 'role'`],
    ['CreateRole', { body: { role: { includedPermissions: 'x' } } }, 'a list is expected'],
    ['CreateRole', { body: { roleId: 'a', role_id: 'b' } }, 'set multiple times'],
    ['CreateRole', { query: 'roleId=a', body: { role_id: 'b' } }, 'set by the path or the body already'],
  ])('refuses %s of %j', (method, input, message) => {
    const error = refusal(() => decode(find(iam, method), input));
    expect(error.message).toContain(message);
    expect(error.httpStatus).toBeLessThanOrEqual(501);
  });

  it('answers any JSON with a message or a GoogleError, nothing else', () => {
    const create = find(run, 'CreateService');
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        try {
          expect(decode(create, { body: body as JsonValue })).toHaveProperty('$typeName');
        } catch (error) {
          expect(error).toBeInstanceOf(GoogleError);
        }
      }),
    );
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.string(), (labels, description) => {
        const create = find(run, 'CreateService');
        const service = { labels, description };
        const request = decode(create, { body: service }) as CreateServiceRequest;
        expect({ ...request.service?.labels }).toEqual({ ...labels });
        expect(request.service?.description).toBe(description);
      }),
    );
  });
});

describe('handlers', () => {
  it('encodes what the handler gives, Any included, defaults left out', async () => {
    const registry = createRegistry(ServiceSchema);
    const methods = protoMethods(
      Services,
      {
        createService: async (request) => ({ name: `${request.parent}/operations/1`, done: false }),
        getService: async () => ({ name: 'n', labels: {} }),
      },
      { registry },
    );
    const method = find(methods, 'CreateService');
    const request = method.decode({ path: { parent: 'projects/p' }, query: new URLSearchParams(), body: {} });
    const response = await method.handle(request as never, call);
    expect(method.encode(response as never)).toEqual({ name: 'projects/p/operations/1' });
    const withAny = messageFromJson(
      OperationSchema,
      { name: 'o', response: { '@type': 'type.googleapis.com/google.cloud.run.v2.Service', name: 's' } },
      { registry },
    );
    expect(method.encode(withAny as never)).toEqual({
      name: 'o',
      response: { '@type': 'type.googleapis.com/google.cloud.run.v2.Service', name: 's' },
    });
    expect(method.implemented).toBe(true);
  });

  it('answers UNIMPLEMENTED, naming the method, where there is none', async () => {
    const method = find(run, 'DeleteService');
    expect(method.implemented).toBe(false);
    expect(method.descriptor?.name).toBe('DeleteService');
    await expect(method.handle(create(ServiceSchema) as never, call)).rejects.toMatchObject({
      status: 'UNIMPLEMENTED',
      message: 'Method google.cloud.run.v2.Services.DeleteService is not implemented.',
    });
  });
});
