import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { compressionGzip, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { credentials, Client as GrpcClient, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactRegistry } from '../google/gen/google/devtools/artifactregistry/v1/service_pb.js';
import { Operations } from '../google/gen/google/longrunning/operations_pb.js';
import { BadRequestSchema, ErrorInfoSchema } from '../google/gen/google/rpc/error_details_pb.js';
import type { Call } from '../google/index.js';
import { overHttp1, tlsThrough } from './fixtures/clients.js';
import { startPlane, type TestPlane, type Waiting } from './fixtures/plane.js';
import { protoApis } from './fixtures/proto-apis.js';

let plane: TestPlane;
let alice: string;
let bob: string;
const calls: Call[] = [];
const waiting: Waiting = { resolve: () => undefined };

beforeAll(async () => {
  plane = await startPlane({ apis: protoApis(calls, waiting) });
  const bearer = async (email: string) =>
    `Bearer ${(await plane.identity.mintAccessToken({ kind: 'user', email })).token}`;
  alice = await bearer('alice@example.com');
  bob = await bearer('bob@example.com');
});
afterAll(() => plane.close());
beforeEach(() => {
  calls.length = 0;
  plane.entries.length = 0;
  plane.errors.length = 0;
});

/** The plane's own address, or under a name of Google's through the proxy. */
type Way = 'gRPC' | 'gRPC through CONNECT' | 'gRPC-web' | 'gRPC-web over HTTP/2';
const WAYS: readonly Way[] = ['gRPC', 'gRPC through CONNECT', 'gRPC-web', 'gRPC-web over HTTP/2'];

async function transport(way: Way, prefix = ''): Promise<Transport> {
  const baseUrl = `http://127.0.0.1:${plane.port}${prefix}`;
  if (way === 'gRPC') return createGrpcTransport({ baseUrl });
  if (way === 'gRPC-web') return createGrpcWebTransport({ baseUrl, httpVersion: '1.1' });
  if (way === 'gRPC-web over HTTP/2') return createGrpcWebTransport({ baseUrl, httpVersion: '2' });
  const host = 'europe-west1-artifactregistry.googleapis.com';
  const socket = await tlsThrough(plane.port, host, plane.ca, ['h2']);
  return createGrpcTransport({ baseUrl: `https://${host}`, nodeOptions: { createConnection: () => socket } });
}

const as = (authorization: string) => ({ headers: { authorization } });
const refusal = async (call: Promise<unknown>): Promise<ConnectError> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConnectError) return error;
  }
  throw new Error('not refused');
};

describe.each(WAYS)('%s', (way) => {
  it('reaches the handler, past token and permission', async () => {
    const client = createClient(ArtifactRegistry, await transport(way));
    const answer = await client.getRepository({ name: 'x' }, as(alice));
    const proxied = way === 'gRPC through CONNECT';
    expect(answer).toMatchObject({
      name: 'x',
      description: proxied
        ? 'alice@example.com at europe-west1-artifactregistry.googleapis.com in europe-west1'
        : 'alice@example.com at artifactregistry.googleapis.com in no region',
    });
    expect(calls).toMatchObject([
      { method: 'google.devtools.artifactregistry.v1.ArtifactRegistry.GetRepository' },
    ]);
  });

  it('asks for a token, and refuses one that is no good or lacks a permission', async () => {
    const client = createClient(ArtifactRegistry, await transport(way));
    const missing = await refusal(client.getRepository({ name: 'x' }));
    expect(missing).toMatchObject({ code: Code.Unauthenticated });
    expect(missing.rawMessage).toMatch(/^Request is missing required authentication credential\. /);
    expect(missing.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'CREDENTIALS_MISSING' }]);
    const wrong = await refusal(client.getRepository({ name: 'x' }, as('Bearer nonsense')));
    expect(wrong.code).toBe(Code.Unauthenticated);
    const denied = await refusal(client.getRepository({ name: 'x' }, as(bob)));
    expect(denied).toMatchObject({ code: Code.PermissionDenied, rawMessage: 'No things for you.' });
    expect(calls).toEqual([]);
  });

  it('carries status, message and details', async () => {
    const client = createClient(ArtifactRegistry, await transport(way));
    const gone = await refusal(client.getRepository({ name: 'missing' }, as(alice)));
    expect(gone).toMatchObject({
      code: Code.NotFound,
      rawMessage: 'projects/p/repositories/missing: 100% gone, 見つかりません.\n',
    });
    const field = await refusal(client.getRepository({ name: 'field' }, as(alice)));
    expect(field.findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: 'name', description: 'is bad' }] },
    ]);
    expect(plane.errors).toEqual([]);
  });

  it('answers UNIMPLEMENTED for methods without a handler and unknown ones', async () => {
    const server = await transport(way);
    const unfinished = await refusal(createClient(ArtifactRegistry, server).listFiles({}, as(alice)));
    expect(unfinished.code).toBe(Code.Unimplemented);
    expect(unfinished.rawMessage).toContain('ArtifactRegistry.ListFiles is not implemented');
    const unknown = { ...ArtifactRegistry, typeName: 'x.Y' };
    const nowhere = await refusal(
      server.unary(
        { ...ArtifactRegistry.method.getRepository, parent: unknown },
        undefined,
        undefined,
        as(alice).headers,
        {},
      ),
    );
    expect(nowhere.code).toBe(Code.Unimplemented);
    expect(nowhere.rawMessage).toContain('/x.Y/GetRepository');
  });
});

it('writes audit entries as REST does', async () => {
  const client = createClient(ArtifactRegistry, await transport('gRPC'));
  await client.deleteRepository({ name: 'x' }, as(alice));
  await refusal(client.deleteRepository({ name: 'x' }, as(bob)));
  expect(plane.entries.map(({ severity }) => severity)).toEqual(['NOTICE', 'ERROR']);
  expect(plane.entries[0]?.protoPayload).toMatchObject({
    methodName: 'google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteRepository',
    request: {
      '@type': 'type.googleapis.com/google.devtools.artifactregistry.v1.DeleteRepositoryRequest',
      name: 'x',
    },
    response: { '@type': 'type.googleapis.com/google.longrunning.Operation', name: 'x', done: true },
  });
});

it('tells of failures that nobody foresaw no more than INTERNAL', async () => {
  const client = createClient(ArtifactRegistry, await transport('gRPC'));
  const error = await refusal(client.getRepository({ name: 'crash' }, as(alice)));
  expect(error).toMatchObject({ code: Code.Internal, rawMessage: 'Internal error encountered.' });
  expect(plane.errors).toMatchObject([{ message: 'the secret is 42' }]);
});

it('leaves out details that it cannot write, and says so to the plane', async () => {
  const client = createClient(ArtifactRegistry, await transport('gRPC'));
  const error = await refusal(client.getRepository({ name: 'odd' }, as(alice)));
  expect(error).toMatchObject({ code: Code.Aborted, rawMessage: 'Odd.', details: [] });
  expect(plane.errors).toMatchObject([{ message: 'the error detail nobody.Knows has no message type' }]);
});

describe('mixins in the direct form', () => {
  it('are answered by the API that knows the name', async () => {
    const client = createClient(Operations, await transport('gRPC'));
    for (const name of ['operations/artifacts', 'operations/logs']) {
      expect(await client.getOperation({ name }, as(alice))).toMatchObject({ name, done: true });
    }
    const error = await refusal(client.getOperation({ name: 'operations/x' }, as(alice)));
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: 'artifacts knows no operations/x.' });
  });

  it('are answered so over REST too, where they read', async () => {
    const ask = (path: string) => overHttp1({ port: plane.port, path, headers: { authorization: alice } });
    expect((await ask('/v1/operations/artifacts')).json).toMatchObject({ done: true });
    expect((await ask('/v1/operations/logs')).json).toMatchObject({ done: true });
    expect((await ask('/v1/operations/x')).status).toBe(404);
  });

  it('are answered by the API that a path names', async () => {
    const client = createClient(Operations, await transport('gRPC-web', '/logging.googleapis.com'));
    expect(await client.getOperation({ name: 'operations/logs' }, as(alice))).toMatchObject({ done: true });
    const error = await refusal(client.getOperation({ name: 'operations/artifacts' }, as(alice)));
    expect(error.rawMessage).toBe('logs knows no operations/artifacts.');
  });
});

describe('a deadline or a cancellation', () => {
  it('ends the call', async () => {
    const client = createClient(ArtifactRegistry, await transport('gRPC'));
    const begun = () =>
      new Promise<{ gone: Promise<void> }>((resolve) => {
        waiting.resolve = resolve;
      });
    let started = begun();
    const late = refusal(client.deleteTag({ name: 'x' }, { ...as(alice), timeoutMs: 100 }));
    await (await started).gone;
    expect((await late).code).toBe(Code.DeadlineExceeded);
    started = begun();
    const leaver = new AbortController();
    const left = refusal(client.deleteTag({ name: 'x' }, { ...as(alice), signal: leaver.signal }));
    const { gone } = await started;
    leaver.abort();
    await gone;
    expect((await left).code).toBe(Code.Canceled);
    expect(plane.errors).toEqual([]);
  });
});

describe('messages', () => {
  it('may be compressed, and large, within a limit', async () => {
    const baseUrl = `http://127.0.0.1:${plane.port}`;
    const options = { baseUrl, acceptCompression: [compressionGzip], sendCompression: compressionGzip };
    const client = createClient(ArtifactRegistry, createGrpcTransport(options));
    const create = (length: number) =>
      client.createRepository({ repository: { description: 'x'.repeat(length) } }, as(alice));
    expect((await create(8 * 1024 * 1024)).name).toBe(`${8 * 1024 * 1024}`);
    expect((await refusal(create(33 * 1024 * 1024))).code).toBe(Code.ResourceExhausted);
  });

  it('are binary: neither gRPC over HTTP/1.1 nor its JSON is served', async () => {
    const ask = (type: string) =>
      overHttp1({
        port: plane.port,
        method: 'POST',
        path: `/${ArtifactRegistry.typeName}/GetRepository`,
        headers: { authorization: alice, 'content-type': type },
        body: '',
      });
    expect((await ask('application/grpc')).status).toBe(505);
    expect((await ask('application/grpc-web+json')).status).toBe(415);
    expect((await ask('application/grpc-web-text')).status).toBe(415);
  });

  it.each([
    ['a path', { path: '//[x' }],
    ['a host', { path: `/${ArtifactRegistry.typeName}/GetRepository`, host: '1.2.3.999' }],
  ])('under %s that no URL can have are a bad request, and no failure of the plane', async (_, asked) => {
    const headers = { authorization: alice, 'content-type': 'application/grpc-web+proto' };
    const answer = await overHttp1({ port: plane.port, method: 'POST', headers, body: '', ...asked });
    expect(answer.status).toBe(400);
    expect(plane.errors).toEqual([]);
  });
});

it('speaks to grpc-js, which decodes messages its own way', async () => {
  const client = new GrpcClient(`127.0.0.1:${plane.port}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', alice);
  const bytes = (buffer: Buffer) => buffer;
  const name = Buffer.from('\x0a\x07missing', 'latin1');
  const path = `/${ArtifactRegistry.typeName}/GetRepository`;
  const gone = await new Promise<unknown>((resolve) => {
    client.makeUnaryRequest(path, bytes, bytes, name, metadata, {}, (error) => resolve(error));
  });
  expect(gone).toMatchObject({
    code: 5,
    details: 'projects/p/repositories/missing: 100% gone, 見つかりません.\n',
  });
  client.close();
});
