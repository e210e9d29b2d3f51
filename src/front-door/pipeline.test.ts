import { request as httpRequest } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Ask, overHttp1 } from './fixtures/clients.js';
import { startPlane, type TestPlane, type Waiting } from './fixtures/plane.js';
import { unauditedMethods } from './pipeline.js';

let plane: TestPlane;
let alice: string;
let bob: string;
const waiting: Waiting = { resolve: () => undefined };

beforeAll(async () => {
  plane = await startPlane({}, waiting);
  const bearer = async (email: string) =>
    `Bearer ${(await plane.identity.mintAccessToken({ kind: 'user', email })).token}`;
  alice = await bearer('alice@example.com');
  bob = await bearer('bob@example.com');
});
afterAll(() => plane.close());
beforeEach(() => {
  plane.entries.length = 0;
  plane.errors.length = 0;
  plane.calls.length = 0;
});

const error = (answer: Answer) => (answer.json as { error: Record<string, unknown> }).error;
const direct = (path: string, more: Partial<Ask> = {}) =>
  overHttp1({ port: plane.port, path, headers: { authorization: alice }, ...more });

describe('credentials', () => {
  const expected =
    'Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';

  it('are asked for', async () => {
    const answer = await direct('/v1/things/a', { headers: {} });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="https://accounts.google.com/"');
    expect(error(answer)).toEqual({
      code: 401,
      message: `Request is missing required authentication credential. ${expected}`,
      status: 'UNAUTHENTICATED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'CREDENTIALS_MISSING',
          domain: 'googleapis.com',
          metadata: { service: 'run.googleapis.com', method: 'test.echo' },
        },
      ],
    });
  });

  it('that are wrong, expired, foreign or no bearer token are refused, on public methods too', async () => {
    const { token: short } = await plane.identity.mintAccessToken(
      { kind: 'user', email: 'alice@example.com' },
      { lifetime: -1 },
    );
    const { token: foreign } = await plane.foreign.mintAccessToken({
      kind: 'user',
      email: 'alice@example.com',
    });
    for (const [authorization, reason] of [
      ['Bearer nonsense', 'ACCESS_TOKEN_TYPE_UNSUPPORTED'],
      [`Bearer ${short}`, 'ACCESS_TOKEN_EXPIRED'],
      [`Bearer ${foreign}`, 'ACCESS_TOKEN_TYPE_UNSUPPORTED'],
      ['Basic YTpi', 'ACCESS_TOKEN_TYPE_UNSUPPORTED'],
      ['Bearer', 'ACCESS_TOKEN_TYPE_UNSUPPORTED'],
    ] as const) {
      for (const path of ['/v1/things/a', '/v1/open/a']) {
        const answer = await direct(path, { headers: { authorization } });
        expect(error(answer)).toMatchObject({
          code: 401,
          message: `Request had invalid authentication credentials. ${expected}`,
          details: [{ reason }],
        });
      }
    }
    expect(plane.calls).toEqual([]);
  });

  it('are not needed where the table says so', async () => {
    expect((await direct('/v1/open/a', { headers: {} })).json).toMatchObject({ caller: '' });
  });
});

describe('scopes', () => {
  const bearer = async (...scopes: string[]) => {
    const { token } = await plane.identity.mintAccessToken(
      { kind: 'user', email: 'alice@example.com' },
      { scopes: scopes.map((scope) => `https://www.googleapis.com/auth/${scope}`) },
    );
    return { authorization: `Bearer ${token}` };
  };
  const statusOf = async (path: string, headers: Record<string, string>, method = 'GET') =>
    (await direct(path, { headers, method, ...(method === 'POST' ? { body: '{}' } : {}) })).status;

  it('that a method accepts let a token call it: those for reading only where it reads', async () => {
    for (const [scope, read, write] of [
      ['cloud-platform', 200, 200],
      ['run', 200, 200],
      ['cloud-platform.read-only', 200, 403],
      ['run.readonly', 200, 403],
      ['userinfo.email', 403, 403],
    ] as const) {
      const headers = await bearer(scope);
      expect([scope, await statusOf('/v1/things/a', headers)]).toEqual([scope, read]);
      expect([scope, await statusOf('/v1/things/a:write', headers, 'POST')]).toEqual([scope, write]);
    }
    expect(await statusOf('/v1/open/a', await bearer('userinfo.email'))).toBe(200);
  });

  it('that do not are refused as Google does', async () => {
    const answer = await direct('/v1/things/a:write', {
      method: 'POST',
      headers: await bearer('run.readonly'),
    });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="https://accounts.google.com/", error="insufficient_scope", ' +
        'scope="https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/run"',
    );
    expect(error(answer)).toEqual({
      code: 403,
      message: 'Request had insufficient authentication scopes.',
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
          metadata: { service: 'run.googleapis.com', method: 'test.write' },
        },
      ],
    });
    expect(plane.calls).toEqual([]);
  });
});

describe('permissions', () => {
  it('refuse before the handler, in the words of the API', async () => {
    const answer = await direct('/v1/things/a', { headers: { authorization: bob } });
    expect(error(answer)).toMatchObject({ code: 403, message: 'No things for you.' });
    expect(plane.calls).toEqual([]);
  });

  it('refuse a method that the table does not know, whoever asks', async () => {
    const answer = await direct('/v1/forgotten/a');
    expect(error(answer)).toMatchObject({ code: 403, status: 'PERMISSION_DENIED' });
    expect(error(answer).message).toContain('test.forgotten');
    expect((await direct('/v1/forgotten/a', { headers: {} })).status).toBe(401);
    expect(plane.calls).toEqual([]);
  });

  it('tell a signed-in caller what is not implemented', async () => {
    expect((await direct('/v1/unfinished/a', { headers: {} })).status).toBe(401);
    const answer = await direct('/v1/unfinished/a', { headers: { authorization: bob } });
    // 5xx would make clients try again for half a minute.
    expect(answer.status).toBe(400);
    expect(error(answer)).toEqual({
      code: 501,
      message: 'Method test.unfinished is not implemented.',
      status: 'UNIMPLEMENTED',
    });
  });
});

describe('audit records', () => {
  it('are made of writes: of the success, the refusal and the failure, and of nothing else', async () => {
    const write = (verb: string, authorization: string) =>
      direct(`/v1/things/a:${verb}`, { method: 'POST', body: '{}', headers: { authorization } });
    await direct('/v1/things/a');
    expect(plane.entries).toEqual([]);
    await write('write', alice);
    await write('write', bob);
    await write('fail', alice);
    expect(plane.entries.map(({ severity }) => severity)).toEqual(['NOTICE', 'ERROR', 'ERROR']);
    const [success, refusal, failure] = plane.entries;
    const authorized = { permission: 'things.read', permissionType: 'ADMIN_WRITE', resource: 'things/a' };
    expect(success).toMatchObject({
      logName: 'projects/my-project/logs/cloudaudit.googleapis.com%2Factivity',
      labels: { project: 'my-project' },
      resource: { type: 'thing' },
      protoPayload: {
        methodName: 'test.write',
        resourceName: 'things/a',
        authenticationInfo: { principalEmail: 'alice@example.com' },
        authorizationInfo: [{ ...authorized, granted: true }],
        request: { name: 'a', body: {} },
        response: { name: 'a', caller: 'user:alice@example.com' },
        resourceLocation: { currentLocations: ['us-east1'] },
        serviceData: { x: 1 },
      },
    });
    expect(refusal?.protoPayload).toMatchObject({
      status: { code: 7, message: 'No things for you.' },
      authorizationInfo: [{ ...authorized, granted: false }],
    });
    expect(refusal?.protoPayload).not.toHaveProperty('response');
    expect(failure?.protoPayload).toMatchObject({ status: { code: 5, message: 'There is no such thing.' } });
  });

  it('have no log to lie in when the project does not exist', async () => {
    await direct('/v1/things/stray:write', { method: 'POST', body: '{}' });
    expect(plane.calls).toHaveLength(1);
    expect(plane.entries).toEqual([]);
  });

  it('that cannot be written leave the answer as it is, and are reported', async () => {
    const answer = await direct('/v1/things/unwritable:write', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(200);
    expect(plane.errors).toMatchObject([{ message: 'the disk is full' }]);
  });

  it('must be described by every method that changes something', () => {
    const change = {
      kind: 'permission',
      type: 'ADMIN_WRITE',
      checks: () => [],
      refusal: () => new Error(),
    } as const;
    const method = {
      name: 'a.B',
      bindings: [],
      decode: () => ({}),
      handle: async () => ({}),
      encode: () => ({}),
    };
    const api = { host: 'x.googleapis.com', regional: false, methods: [method], access: { 'a.B': change } };
    expect(unauditedMethods([api])).toEqual(['a.B']);
    expect(unauditedMethods([{ ...api, methods: [{ ...method, implemented: false }] }])).toEqual([]);
    expect(unauditedMethods([{ ...api, access: { 'a.B': { ...change, type: 'DATA_READ' } } }])).toEqual([]);
  });
});

describe('bad requests', () => {
  it.each([
    ['{"a":', 'Invalid JSON payload received. '],
    ['{"a" 1}', 'Invalid JSON payload received. '],
    ['   ', 'Invalid JSON payload received. Unexpected end of string.'],
    ['\u0000', 'Invalid JSON payload received. '],
  ])('with the body %j get 400', async (body, message) => {
    const answer = await direct('/v1/things/a:write', { method: 'POST', body });
    expect(error(answer)).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect(error(answer).message).toContain(message);
    expect(plane.entries).toEqual([]);
  });

  it('with too much, or compressed, or malformed escapes get 400', async () => {
    const post = (path: string, headers: Record<string, string>) =>
      direct(path, { method: 'POST', body: 'x', headers: { authorization: alice, ...headers } });
    const answers = [
      await post('/v1/things/a:write', { 'content-encoding': 'gzip' }),
      await post('/v1/things/%zz:write', {}),
      await post('/v1/things/a:write?alt=proto', {}),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([400, 400, 400]);
    const large = await direct('/v1/things/a:write', { method: 'POST', body: 'x'.repeat(33 * 1024 * 1024) });
    expect(error(large).message).toBe('Request payload size exceeds the limit: 33554432 bytes.');
  });
});

describe('failures', () => {
  it('that nobody foresaw tell the client nothing, and the plane everything', async () => {
    const answer = await direct('/v1/things/a:crash', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({
      error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' },
    });
    expect(plane.errors).toMatchObject([{ message: 'the secret is 42' }]);
    expect(plane.entries).toMatchObject([{ protoPayload: { status: { code: 13 } } }]);
    expect(JSON.stringify(plane.entries)).not.toContain('the secret');
  });

  it('to wait for its answer ends a call', async () => {
    for (const leave of ['h1', 'h2'] as const) {
      const started = new Promise<{ gone: Promise<void> }>((resolve) => {
        waiting.resolve = resolve;
      });
      const path = '/v1/things/a:wait';
      const headers = { authorization: alice };
      let end: () => void;
      if (leave === 'h1') {
        const request = httpRequest({ port: plane.port, path, method: 'POST', headers, agent: false });
        request.on('error', () => undefined);
        request.end();
        end = () => request.destroy();
      } else {
        const session = http2Connect(`http://127.0.0.1:${plane.port}`);
        session.request({ ':path': path, ':method': 'POST', ...headers }).end();
        end = () => session.destroy();
      }
      const { gone } = await started;
      end();
      await gone;
    }
    expect(plane.errors).toEqual([]);
  });
});
