import { once } from 'node:events';
import { connect as http2Connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer, connect as netConnect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpContext } from '../google/index.js';
import { startPlane, type TestPlane } from './fixtures/plane.js';

const ORIGIN = { project: 'my-project', instance: 'web-1' };
/** A service's host: the fixture's ingress says who was called. */
const SERVICE = 'web-1.us-central1.run.app';

let plane: TestPlane;
/** Stands for the gateway: what connects to it comes from a container. */
const gateway = createServer({ allowHalfOpen: true }, (socket) => plane.door.admitContainer(socket, ORIGIN));
const contexts: HttpContext[] = [];

beforeEach(async () => {
  contexts.length = 0;
  plane = await startPlane({
    ingress: {
      handle: async (_, response, context) => {
        contexts.push(context);
        response.end('served');
      },
    },
  });
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  gateway.close();
  await plane.close();
});

async function secured(servername: string | undefined, protocol: string): Promise<TLSSocket> {
  const { port } = gateway.address() as AddressInfo;
  const named = servername === undefined ? {} : { servername };
  const socket = tlsConnect({
    socket: netConnect(port, '127.0.0.1'),
    ca: plane.ca,
    ALPNProtocols: [protocol],
    ...named,
  });
  await once(socket, 'secureConnect');
  return socket;
}

/** @param host as in the request's header @param url path, or a whole URL as proxies are sent */
async function ask(servername: string, host = servername, url = '/v1/x') {
  const socket = await secured(servername, 'http/1.1');
  const request = httpsRequest({ createConnection: () => socket, path: url, headers: { host } });
  request.end();
  const [answer] = await once(request, 'response');
  const body = await text(answer);
  socket.destroy();
  return { status: answer.statusCode, body };
}

describe('a connection from a container', () => {
  it('is served over HTTP/1.1, and the request tells where it comes from', async () => {
    expect(await ask(SERVICE)).toEqual({ status: 200, body: 'served' });
    expect(contexts).toMatchObject([{ host: SERVICE, direct: false, origin: ORIGIN }]);
  });

  it('is served over HTTP/2 alike', async () => {
    const socket = await secured(SERVICE, 'h2');
    const session = http2Connect(`https://${SERVICE}`, { createConnection: () => socket });
    const stream = session.request({ ':path': '/' });
    expect(await text(stream)).toBe('served');
    session.destroy();
    expect(contexts).toMatchObject([{ host: SERVICE, origin: ORIGIN }]);
  });

  it('tells one container from another', async () => {
    gateway.removeAllListeners('connection').on('connection', (socket) => {
      plane.door.admitContainer(socket, { ...ORIGIN, instance: 'web-2' });
    });
    await ask(SERVICE);
    gateway.removeAllListeners('connection').on('connection', (socket) => {
      plane.door.admitContainer(socket, ORIGIN);
    });
    await ask(SERVICE);
    expect(contexts.map(({ origin }) => origin?.instance)).toEqual(['web-2', 'web-1']);
  });

  it('reads what is not served here', async () => {
    expect((await ask('storage.googleapis.com')).body).toContain('is not served by Sekisho');
  });

  it.each([
    ['admin calls', 'sekisho.internal'],
    ['another host', 'example.com'],
    ['the plane’s own address', 'localhost'],
    ['the metadata server', 'metadata.google.internal'],
    ['no host', undefined],
  ])('ends when it is for %s', async (_, servername) => {
    await expect(secured(servername, 'http/1.1')).rejects.toThrow();
  });

  it.each([
    ['a Host header', 'sekisho.internal', '/v1/status'],
    ['a path of the direct form', '127.0.0.1', '/sekisho.internal/v1/status'],
    ['a path of the direct form, of an API', '127.0.0.1', '/run.googleapis.com/v1/things/x'],
    ['a whole URL', SERVICE, 'http://sekisho.internal/v1/status'],
    ['a whole URL of another host', SERVICE, 'http://example.com/'],
  ])('gets nothing else by %s', async (_, host, url) => {
    const { status, body } = await ask(SERVICE, host, url);
    expect(status).toBe(404);
    expect(body).toContain('is not reached from containers');
    expect(contexts).toEqual([]);
  });
});

it('a request from elsewhere tells of no container', async () => {
  const answer = await fetch(`http://127.0.0.1:${plane.port}/${SERVICE}/`);
  expect(await answer.text()).toBe('served');
  expect(contexts.map((context) => 'origin' in context)).toEqual([false]);
});
