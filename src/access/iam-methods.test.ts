import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiMethod, Call, HttpInput, JsonValue } from '../google/index.js';
import { invalidArgument, notFound, permissionDenied } from '../google/index.js';
import { ANONYMOUS, repositoryName } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { openAccess } from './control.js';
import { iamMethods } from './iam-methods.js';
import type { AccessControl } from './types.js';

const READER = 'roles/artifactregistry.reader';
const call: Call = {
  principal: { kind: 'user', email: 'alice@example.com' },
  time: new Date('2026-01-02T03:04:05Z'),
  host: 'things.googleapis.com',
  method: 'test',
  userAgent: 'test',
  callerIp: '127.0.0.1',
  signal: new AbortController().signal,
  authorizations: [],
};

let store: Store;
let access: AccessControl;
let api: ReturnType<typeof iamMethods>;

beforeEach(() => {
  store = openSqlite(':memory:');
  access = openAccess({ store, accountExists: async () => false });
  api = iamMethods(
    access,
    {
      permissions: {
        get: 'artifactregistry.repositories.getIamPolicy',
        set: 'artifactregistry.repositories.setIamPolicy',
      },
      locate: (resource) => {
        if (resource === 'malformed') throw invalidArgument('malformed');
        return { resource: repositoryName('p', 'us', resource), label: `label/${resource}`, project: 'p' };
      },
      mustExist: async ({ label }) => {
        if (label === 'label/missing') throw notFound('not there');
      },
      refusal: (check) => permissionDenied(`no ${check.permission} on ${check.label}`),
      audit: {
        serviceName: 'things.googleapis.com',
        methodName: 'SetIamPolicy',
        monitored: ({ label }) => ({ type: 'thing', labels: { label } }),
        policyDelta: true,
      },
    },
    {
      getIamPolicy: {
        name: 'things.Get',
        bindings: [{ verb: 'GET', template: '/v1/{resource=things/*}:getIamPolicy' }],
      },
      setIamPolicy: {
        name: 'things.Set',
        bindings: [{ verb: 'POST', template: '/v1/{resource=things/*}:setIamPolicy', body: '*' }],
      },
      testIamPermissions: {
        name: 'things.Test',
        bindings: [{ verb: 'POST', template: '/v1/{resource=things/*}:testIamPermissions', body: '*' }],
      },
    },
  );
});
afterEach(() => store.close());

const method = (name: string): ApiMethod => {
  const found = api.methods.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no method ${name}`);
  return found;
};
const input = (resource: string, body?: JsonValue, query = ''): HttpInput => ({
  path: { resource },
  query: new URLSearchParams(query),
  body,
});
/** As the front door calls: decode once, then handle and encode. */
async function invoke(
  name: string,
  of: HttpInput,
): Promise<{ request: never; response: never; json: JsonValue }> {
  const { decode, handle, encode } = method(name);
  const request = decode(of) as never;
  const response = (await handle(request, call)) as never;
  return { request, response, json: encode(response) };
}

describe('getIamPolicy', () => {
  it('answers the etag alone for a policy that nobody has set', async () => {
    expect((await invoke('things.Get', input('r'))).json).toEqual({ etag: 'ACAB' });
  });

  it('shows conditions to those who ask for version 3 only', async () => {
    const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
    const policy = { version: 3, bindings: [{ role: READER, members: ['user:a@example.com'], condition }] };
    await invoke('things.Set', input('r', { policy }));
    const full = await invoke('things.Get', input('r', undefined, 'options.requestedPolicyVersion=3'));
    expect(full.json).toMatchObject({ version: 3, bindings: [{ role: READER, condition }] });
    const plain = await invoke('things.Get', input('r'));
    expect(plain.json).toMatchObject({ version: 1 });
    expect(JSON.stringify(plain.json)).toContain('_withcond_');
    await expect(
      invoke('things.Get', input('r', undefined, 'options.requestedPolicyVersion=2')),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('answers the API’s own NOT_FOUND', async () => {
    await expect(invoke('things.Get', input('missing'))).rejects.toMatchObject({ status: 'NOT_FOUND' });
  });
});

describe('setIamPolicy', () => {
  it('goes round with the policy that getIamPolicy answered', async () => {
    const first = { bindings: [{ role: READER, members: ['user:a@example.com'] }] };
    await invoke('things.Set', input('r', { policy: first }));
    const { json } = await invoke('things.Get', input('r'));
    const again = await invoke('things.Set', input('r', { policy: json }));
    expect(again.json).toMatchObject({ version: 1, bindings: first.bindings });
    await expect(invoke('things.Set', input('r', { policy: json }))).rejects.toMatchObject({
      status: 'ABORTED',
    });
  });

  it('leaves the bindings alone under a mask without them, and refuses unknown paths', async () => {
    const bindings = [{ role: READER, members: ['user:a@example.com'] }];
    await invoke('things.Set', input('r', { policy: { bindings } }));
    const masked = await invoke('things.Set', input('r', { policy: {}, updateMask: 'etag' }));
    expect(masked.json).toMatchObject({ bindings });
    const unknown = invoke('things.Set', input('r', { policy: {}, updateMask: 'rules' }));
    await expect(unknown).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('refuses unknown fields, a missing policy and audit configurations', async () => {
    expect(() => method('things.Set').decode(input('r', { policy: { bindingz: [] } }))).toThrow(
      /Unknown name/,
    );
    await expect(invoke('things.Set', input('r', {}))).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    const auditConfigs = [{ service: 'allServices', auditLogConfigs: [{ logType: 'DATA_READ' }] }];
    await expect(invoke('things.Set', input('r', { policy: { auditConfigs } }))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'Audit configurations are not supported for this resource.',
    });
  });

  it('is audited with what was sent, what came of it and the difference', async () => {
    await invoke(
      'things.Set',
      input('r', { policy: { bindings: [{ role: READER, members: ['user:a@example.com'] }] } }),
    );
    const next = { bindings: [{ role: READER, members: ['user:b@example.com'] }] };
    const { request, response } = await invoke('things.Set', input('r', { policy: next }));
    const { audit } = method('things.Set');
    if (!audit) throw new Error('setIamPolicy is audited');
    expect(audit.methodName).toBe('SetIamPolicy');
    expect(audit.resourceName(request, call)).toBe('label/r');
    expect(await audit.project(request, call)).toBe('p');
    expect(audit.monitored(request, call)).toEqual({ type: 'thing', labels: { label: 'label/r' } });
    expect(audit.request?.(request, call)).toMatchObject({
      '@type': 'type.googleapis.com/google.iam.v1.SetIamPolicyRequest',
      policy: next,
    });
    expect(audit.response?.(response, call)).toMatchObject({
      '@type': 'type.googleapis.com/google.iam.v1.Policy',
    });
    expect(audit.extra?.(request, response, call)).toEqual({
      serviceData: {
        '@type': 'type.googleapis.com/google.iam.v1.logging.AuditData',
        policyDelta: {
          bindingDeltas: [
            { action: 'REMOVE', role: READER, member: 'user:a@example.com' },
            { action: 'ADD', role: READER, member: 'user:b@example.com' },
          ],
        },
      },
    });
  });
});

describe('testIamPermissions', () => {
  it('answers the subset held, also on what does not exist, and {} for none', async () => {
    const permissions = ['artifactregistry.repositories.downloadArtifacts'];
    const ask = () => invoke('things.Test', input('missing', { permissions }));
    expect((await ask()).json).toEqual({});
    await store.commit([
      await access.grantWrite(repositoryName('p', 'us', 'missing'), READER, 'allAuthenticatedUsers'),
    ]);
    expect((await ask()).json).toEqual({ permissions });
  });
});

describe('access rules', () => {
  it('ask for the permission on the located resource and refuse in the API’s words', async () => {
    const rule = api.access['things.Set'];
    if (rule?.kind !== 'permission') throw new Error('setIamPolicy needs a permission');
    const [check] = await rule.checks(method('things.Set').decode(input('r', {})) as never, call);
    if (!check) throw new Error('there is one check');
    expect(check).toEqual({
      permission: 'artifactregistry.repositories.setIamPolicy',
      resource: repositoryName('p', 'us', 'r'),
      label: 'label/r',
      context: { apiAttributes: { 'iam.googleapis.com/modifiedGrantsByRole': [] } },
    });
    expect(rule.refusal(check, call).message).toBe(`no ${check.permission} on label/r`);
    expect(await access.isGranted(ANONYMOUS, check.permission, check.resource, call.time)).toBe(false);
    expect(api.access['things.Test']?.kind).toBe('authenticated');
  });

  it('tell conditions which roles a policy would give or take', async () => {
    const members = ['user:a@example.com'];
    const writer = 'roles/artifactregistry.writer';
    const conditional = { role: READER, members, condition: { title: 't', expression: 'true' } };
    await access.setPolicy(
      repositoryName('p', 'us', 'r'),
      { version: 3, bindings: [{ role: READER, members }, conditional] },
      call.time,
    );
    const rule = api.access['things.Set'];
    if (rule?.kind !== 'permission') throw new Error('setIamPolicy needs a permission');
    const modified = async (bindings: JsonValue, more: { updateMask?: string } = {}) => {
      const body = input('r', { policy: { version: 3, bindings }, ...more });
      const [check] = await rule.checks(method('things.Set').decode(body) as never, call);
      return check?.context?.apiAttributes?.['iam.googleapis.com/modifiedGrantsByRole'];
    };
    const same = [{ role: READER, members: ['user:A@example.com'] }, conditional];
    expect(await modified(same)).toEqual([]);
    expect(await modified([...same, { role: writer, members }])).toEqual([writer]);
    expect(await modified([{ role: writer, members }, conditional])).toEqual([READER, writer]);
    expect(await modified([{ role: READER, members }])).toEqual([READER]);
    expect(await modified([{ role: writer, members }], { updateMask: 'etag' })).toEqual([]);
  });

  it('cover every method', () => {
    for (const { name } of api.methods) expect(Object.keys(api.access)).toContain(name);
  });
});
