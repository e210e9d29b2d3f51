import { request as httpRequest } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { connect as netConnect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Ask, overH2c, overHttp1, overTls, overTlsH2 } from './fixtures/clients.js';
import { startPlane, type TestPlane } from './fixtures/plane.js';

let plane: TestPlane;
let alice: string;

beforeAll(async () => {
  plane = await startPlane();
  const { token } = await plane.identity.mintAccessToken({ kind: 'user', email: 'alice@example.com' });
  alice = `Bearer ${token}`;
});
afterAll(() => plane.close());
beforeEach(() => {
  plane.calls.length = 0;
});

const error = (answer: Answer) => (answer.json as { error: Record<string, unknown> }).error;
const direct = (path: string, more: Partial<Ask> = {}) =>
  overHttp1({ port: plane.port, path, headers: { authorization: alice }, ...more });

describe('protocols', () => {
  const host = 'asia-northeast1-run.googleapis.com';
  const clients = {
    'HTTP/1.1': overHttp1,
    h2c: overH2c,
    'TLS after CONNECT': overTls,
    'h2 over TLS': overTlsH2,
  };

  it.each(Object.entries(clients))('reach the same method: %s', async (_name, ask) => {
    const answer = await ask({
      port: plane.port,
      host,
      ca: plane.ca,
      path: '/v1/things/a%20b:write?alt=json&x=1',
      method: 'POST',
      headers: { authorization: alice, 'content-type': 'application/json' },
      body: '{"k":"ü"}',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=UTF-8');
    expect(answer.json).toEqual({
      name: 'a b',
      x: '1',
      body: { k: 'ü' },
      host,
      location: 'asia-northeast1',
      caller: 'user:alice@example.com',
    });
    expect(plane.calls[0]?.callerIp).toMatch(/127\.0\.0\.1$/);
  });

  it.each(Object.entries(clients))('stream bodies both ways: %s', async (_name, ask) => {
    const body = 'x'.repeat(3_000_000);
    const answer = await ask({
      port: plane.port,
      host: 'asia-northeast1-docker.pkg.dev',
      ca: plane.ca,
      path: '/echo',
      method: 'POST',
      body,
    });
    expect(answer.text === body).toBe(true);
  });

  it('serve an answer before the request has ended', async () => {
    for (const open of [
      () => {
        const request = httpRequest({
          port: plane.port,
          path: '/echo',
          method: 'POST',
          headers: { host: 'gcr.io', 'transfer-encoding': 'chunked' },
          agent: false,
        });
        return {
          request,
          response: new Promise<NodeJS.ReadableStream>((ok) => request.on('response', ok)),
          end: () => request.end(),
        };
      },
      () => {
        const session = http2Connect(`http://127.0.0.1:${plane.port}`);
        const request = session.request({ ':method': 'POST', ':path': '/echo', ':authority': 'gcr.io' });
        return {
          request,
          response: Promise.resolve(request),
          end: () => {
            request.end();
            session.close();
          },
        };
      },
    ]) {
      const { request, response, end } = open();
      request.write('first');
      const stream = await response;
      const first = await new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk))));
      expect(first).toBe('first');
      end();
      stream.resume();
      await new Promise((resolve) => stream.once('end', resolve));
    }
  });

  it('are told apart even when the first bytes come one by one', async () => {
    const socket = netConnect(plane.port, '127.0.0.1');
    socket.setNoDelay(true);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    for (const part of ['P', 'U', 'T /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n']) {
      await new Promise<void>((resolve) => socket.write(part, () => setImmediate(resolve)));
    }
    await new Promise((resolve) => socket.on('close', resolve));
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('answer a request whose wish for h2c nobody grants, body and all', async () => {
    const answer = await direct('/v1/things/a:write', {
      method: 'POST',
      body: '{"a":1}',
      headers: {
        authorization: alice,
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAAP__',
      },
    });
    expect(answer.json).toMatchObject({ name: 'a', body: { a: 1 } });
  });

  it('take HEAD as GET without a body', async () => {
    for (const ask of [overHttp1, overH2c]) {
      const answer = await ask({ port: plane.port, path: '/v1/open/a', method: 'HEAD' });
      expect([answer.status, answer.text]).toEqual([200, '']);
    }
  });
});

describe('routing', () => {
  it.each([
    ['asia-northeast1-docker.pkg.dev', '/v2/', 'registry'],
    ['gcr.io', '/v2/', 'registry'],
    ['us.gcr.io', '/v2/', 'registry'],
    ['web-123.asia-northeast1.run.app', '/healthz', 'ingress'],
    ['web-abc-an.a.run.app', '/v1/things/a', 'ingress'],
    ['oauth2.googleapis.com', '/token', 'oauth2'],
    ['www.googleapis.com', '/oauth2/v3/certs', 'oauth2'],
    ['accounts.google.com', '/.well-known/openid-configuration', 'oauth2'],
    ['sekisho.internal', '/apply', 'admin'],
  ])('by host: %s%s', async (host, path, door) => {
    const answer = await overHttp1({ port: plane.port, host: `${host}:443`, path });
    expect(answer.json).toMatchObject({
      door,
      host,
      url: path,
      direct: false,
      baseUrl: `http://${host}:443`,
    });
  });

  it('by the first path segment on the own address', async () => {
    const base = `http://localhost:${plane.port}`;
    expect((await direct('/asia-northeast1-run.googleapis.com/v1/things/a')).json).toMatchObject({
      host: 'asia-northeast1-run.googleapis.com',
      location: 'asia-northeast1',
    });
    expect((await direct('/oauth2.googleapis.com/token?x=1')).json).toEqual({
      door: 'oauth2',
      host: 'oauth2.googleapis.com',
      url: '/token?x=1',
      baseUrl: `${base}/oauth2.googleapis.com`,
      direct: true,
      callerIp: expect.any(String),
    });
    expect((await direct('/us-docker.pkg.dev')).json).toMatchObject({ door: 'registry', url: '/' });
    expect((await direct('/sekisho.internal/apply')).json).toMatchObject({ door: 'admin', url: '/apply' });
  });

  it('by path over all APIs, then to the registry', async () => {
    expect((await direct('/v1/things/a')).json).toMatchObject({ name: 'a', host: 'run.googleapis.com' });
    expect((await direct('/v2/projects/p/services')).json).toMatchObject({ name: 'p' });
    for (const url of [
      '/v2/',
      '/v2/token?scope=x',
      '/v2/us-docker.pkg.dev/p/r/i/manifests/latest',
      '/v2/p/r/i/tags/list',
    ]) {
      expect((await direct(url)).json).toMatchObject({ door: 'registry', url, direct: true });
    }
    expect(error(await direct('/nothing/here'))).toMatchObject({ code: 404, status: 'NOT_FOUND' });
  });

  it('by the browser form of a service URL', async () => {
    const host = 'web-123.asia-northeast1.run.app';
    const answer = await overHttp1({ port: plane.port, host: `${host}.localhost:${plane.port}`, path: '/a' });
    expect(answer.json).toMatchObject({
      door: 'ingress',
      host,
      baseUrl: `http://${host}.localhost:${plane.port}`,
    });
  });

  it('by an absolute URL, as proxy clients send it', async () => {
    const answer = await overHttp1({ port: plane.port, path: 'http://gcr.io/v2/?a=b' });
    expect(answer.json).toMatchObject({ door: 'registry', host: 'gcr.io', url: '/v2/?a=b' });
    const own = await overHttp1({ port: plane.port, path: `http://localhost:${plane.port}/healthz` });
    expect([own.status, own.text]).toEqual([200, 'ok']);
  });

  it('refuses unknown methods, regions and hosts by name', async () => {
    const ask = (host: string, path = '/v1/things/a') => overHttp1({ port: plane.port, host, path });
    expect(error(await ask('run.googleapis.com', '/v9/x')).message).toBe(
      'The requested URL /v9/x was not found on run.googleapis.com.',
    );
    expect(error(await ask('mars-north1-run.googleapis.com')).message).toContain('mars-north1 is no region');
    const unserved = await ask('storage.googleapis.com');
    expect(unserved.status).toBe(400);
    expect(error(unserved)).toMatchObject({ code: 501, status: 'UNIMPLEMENTED' });
    expect(error(unserved).message).toContain(
      'storage.googleapis.com is not served by Sekisho (asked for: GET /v1/things/a).',
    );
    expect((await ask('metadata.google.internal')).status).toBe(404);
    expect((await ask('bad host')).status).toBe(400);
  });

  it('answers /healthz', async () => {
    expect((await overHttp1({ port: plane.port, path: '/healthz' })).text).toBe('ok');
  });
});
