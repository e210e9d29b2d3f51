/** What reaches containers through the ingress, and how: HTTP/2, streams, affinity, splits, and only from where it may. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  appProject,
  deployed,
  logged,
  onService,
  pushDirect,
  serviceBody,
  servicePath,
  settled,
  urlOf,
  type Wanted,
} from './support/deploys.js';
import { nodeImage } from './support/images.js';
import { TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { upgraded, visit } from './support/visit.js';
import { OWNER } from './support/world.js';

const P = 'ingress';

/** A server that speaks HTTP/2 only and answers gRPC messages with themselves; one over HTTP/1.1 that streams. */
const SERVER = `
import http from 'node:http';
import http2 from 'node:http2';
const { PORT, MODE = 'http1', K_REVISION } = process.env;
const id = Math.random().toString(36).slice(2);
function grpc(stream, headers) {
  stream.on('error', () => undefined);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  const failing = headers[':path'].endsWith('/Fail');
  stream.on('wantTrailers', () => stream.sendTrailers(failing ? { 'grpc-status': '9', 'grpc-message': 'not now' } : { 'grpc-status': '0' }));
  if (headers[':path'].endsWith('/Never')) return;
  if (failing) stream.end();
  else stream.pipe(stream);
}
async function plain(request, response) {
  const url = new URL(request.url, 'http://x');
  if (url.pathname === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\\n\\n');
    request.once('close', () => console.log('the listener has left'));
    return;
  }
  if (url.pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, Number(url.searchParams.get('ms'))));
  if (url.pathname === '/fetch') {
    const answer = await fetch(url.searchParams.get('url')).catch((error) => ({ status: String(error.cause ?? error) }));
    return response.end(String(answer.status));
  }
  response.setHeader('x-id', id);
  response.end(K_REVISION);
}
const server = MODE === 'h2c' ? http2.createServer() : http.createServer(plain);
if (MODE === 'h2c') server.on('stream', grpc);
server.on('upgrade', (request, socket) => {
  socket.on('error', () => undefined);
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n');
  socket.pipe(socket);
});
server.listen(Number(PORT));
process.on('SIGTERM', () => process.exit(0));
`;

describe.runIf(canRun('crun'))('the ingress', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = (await appProject(rest, P)).replace(/app$/, 'server:latest');
    await pushDirect(rest, OWNER, await nodeImage(SERVER), image);
  });
  afterAll(() => plane.dispose());

  /** Deploys for everybody. @returns the service's URL */
  async function deploying(change: Partial<Wanted> & { readonly name: string }): Promise<string> {
    const { service, ready, message } = await deployed(rest, { project: P, image, ...change });
    expect({ ready, message }).toEqual({ ready: true, message: undefined });
    await grant(plane, onService(P, change.name), 'allUsers', 'roles/run.invoker');
    return urlOf(service);
  }

  const requestLog = (service: string, more: string) =>
    logged(
      rest,
      P,
      `resource.labels.service_name="${service}" AND log_id("run.googleapis.com/requests") AND ${more}`,
    );

  describe('takes gRPC', () => {
    const clients: Client[] = [];
    afterAll(() => {
      for (const client of clients) client.close();
      vi.unstubAllEnvs();
    });

    /** A client of an unmodified library: through the proxy, under the service's own name, over TLS. */
    function grpcClient(url: string): Client {
      vi.stubEnv('grpc_proxy', plane.url);
      const ca = readFileSync(path.join(plane.data, 'ca/ca.pem'));
      const client = new Client(`${new URL(url).host}:443`, credentials.createSsl(ca));
      clients.push(client);
      return client;
    }
    const unary = (client: Client, method: string, text: string, deadline: number) =>
      new Promise<string | undefined>((resolve, reject) => {
        client.makeUnaryRequest(
          `/test.Echo/${method}`,
          Buffer.from,
          String,
          text,
          { deadline },
          (error, answer) => (error ? reject(error) : resolve(answer)),
        );
      });
    const soon = () => Date.now() + 60_000;

    it('to a container whose port speaks it: answers, errors, deadlines and streams', async () => {
      const ports = [{ name: 'h2c', containerPort: 8080 }];
      const client = grpcClient(
        await deploying({ name: 'grpc', env: { MODE: 'h2c' }, container: { ports } }),
      );
      expect(await unary(client, 'Say', 'hello', soon())).toBe('hello');
      await expect(unary(client, 'Fail', '', soon())).rejects.toMatchObject({
        code: status.FAILED_PRECONDITION,
        details: 'not now',
      });
      await expect(unary(client, 'Never', '', Date.now() + 300)).rejects.toMatchObject({
        code: status.DEADLINE_EXCEEDED,
      });
      const call = client.makeBidiStreamRequest(
        '/test.Echo/Talk',
        (text: string) => Buffer.from(text),
        String,
      );
      for (const word of ['one', 'two', 'x'.repeat(1_000_000)]) {
        call.write(word);
        expect((await once(call, 'data'))[0]).toBe(word);
      }
      const ended = once(call, 'status');
      call.on('data', () => undefined);
      call.end();
      expect((await ended)[0]).toMatchObject({ code: status.OK });
    });

    it('and says that it is unavailable where the port speaks HTTP/1.1', async () => {
      // Without a probe that finds the port: what listens there speaks HTTP/2 alone.
      const client = grpcClient(await deploying({ name: 'mistaken', env: { MODE: 'h2c' } }));
      await expect(unary(client, 'Say', 'hello', soon())).rejects.toMatchObject({ code: status.UNAVAILABLE });
      const [entry] = await requestLog('mistaken', 'httpRequest.status=503');
      expect(at(entry, 'textPayload')).toContain(
        'The request failed because either the HTTP response was malformed or connection to the instance had an error.',
      );
    });
  });

  describe('streams', () => {
    it('events as they come, and tells the container when the listener leaves', async () => {
      const { host } = new URL(await deploying({ name: 'events' }));
      const headers = { host: `${host}.localhost:${plane.port}` };
      const request = http.get({
        host: '127.0.0.1',
        port: plane.port,
        path: '/events',
        headers,
        agent: false,
      });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect(String((await once(response, 'data'))[0])).toBe('data: first\n\n');
      response.on('error', () => undefined);
      request.destroy();
      await vi.waitFor(
        async () => expect(await logged(rest, P, 'textPayload="the listener has left"')).toHaveLength(1),
        SOON,
      );
      await vi.waitFor(
        async () => expect(await requestLog('events', 'httpRequest.status=499')).toHaveLength(1),
        SOON,
      );
    });

    it('at most 32 MiB to an HTTP/1.1 server', async () => {
      const url = await deploying({ name: 'large' });
      const page = await visit(plane, url, { method: 'POST', body: Buffer.alloc(32 * 2 ** 20 + 1) });
      expect(page.status).toBe(413);
      expect(page.text).toContain('Your client issued a request that was too large.');
      expect(await requestLog('large', 'httpRequest.status=413')).toHaveLength(1);
    });

    it('a WebSocket for as long as the request timeout', async () => {
      const url = await deploying({ name: 'socket', spec: { timeoutSeconds: 1 } });
      const socket = await upgraded(plane, url, { connection: 'Upgrade', upgrade: 'websocket' });
      socket.on('error', () => undefined);
      socket.write('hello');
      expect(String((await once(socket, 'data'))[0])).toBe('hello');
      // Nobody ends it but the ingress.
      expect((await buffer(socket).catch(() => Buffer.alloc(0))).length).toBe(0);
    });
  });

  describe('brings a client to the same instance again', () => {
    const template = { annotations: { 'run.googleapis.com/sessionAffinity': 'true' } };

    it('by a cookie, where the revision keeps session affinity', async () => {
      const url = await deploying({ name: 'sticky', template, spec: { containerConcurrency: 1 } });
      const first = await Promise.all([1, 2, 3].map(() => visit(plane, `${url}/slow?ms=1000`)));
      const clients = first.map(({ headers }) => ({
        id: headers['x-id'],
        cookie: String(headers['set-cookie']?.[0]?.split(';')[0]),
      }));
      expect(new Set(clients.map(({ id }) => id)).size).toBeGreaterThan(1);
      expect(first[0]?.headers['set-cookie']?.[0]).toMatch(/^GAESA=[\w-]+; expires=\w{3}, .* GMT; path=\//);
      for (const { id, cookie } of [...clients, ...clients].reverse()) {
        const page = await visit(plane, url, { headers: { cookie: `other=1; ${cookie}` } });
        expect([page.headers['x-id'], page.headers['set-cookie']]).toEqual([id, undefined]);
      }
    });

    it('not where it does not', async () => {
      const page = await visit(plane, await deploying({ name: 'loose' }));
      expect(page.headers['set-cookie']).toBeUndefined();
    });
  });

  it('splits requests between revisions as it is told, and serves each by its tag', async () => {
    const [one, two] = ['split-one', 'split-two'];
    const revision = (name: string) => ({ template: { name, labels: {} } });
    const url = await deploying({ name: 'split', ...revision(one) });
    const traffic = [
      { revisionName: one, percent: 75, tag: 'old' },
      { revisionName: two, percent: 25, tag: 'new' },
    ];
    await deploying({ name: 'split', ...revision(two) });
    const both = serviceBody({ project: P, name: 'split', image, ...revision(two), traffic });
    expect((await settled(rest, P, await rest.ok(OWNER, 'PUT', servicePath(P, 'split'), both))).ready).toBe(
      true,
    );
    const counts = new Map<string, number>();
    for (let turn = 0; turn < 400; turn++) {
      const { text } = await visit(plane, url);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    // Seven standard deviations of 400 draws either way.
    expect(counts.get(one)).toBeGreaterThan(300 - 61);
    expect(counts.get(one)).toBeLessThan(300 + 61);
    expect((counts.get(one) ?? 0) + (counts.get(two) ?? 0)).toBe(400);
    for (const [tag, name] of [
      ['old', one],
      ['new', two],
    ]) {
      expect((await visit(plane, url.replace('https://', `https://${tag}---`))).text).toBe(name);
    }
  });

  it('lets in only containers of the same project where a service is internal', async () => {
    const internal = { annotations: { 'run.googleapis.com/ingress': 'internal' } };
    const url = await deploying({ name: 'inner', metadata: internal });
    expect((await visit(plane, url)).status).toBe(404);
    const outer = await deploying({ name: 'outer' });
    const fetched = async (from: string) =>
      (await visit(plane, `${from}/fetch?url=${encodeURIComponent(url)}`)).text;
    expect(await fetched(outer)).toBe('200');
    const elsewhere = (await appProject(rest, 'elsewhere-too')).replace(/app$/, 'server:latest');
    await pushDirect(rest, OWNER, await nodeImage(SERVER), elsewhere);
    const stranger = await deployed(rest, { project: 'elsewhere-too', name: 'outer', image: elsewhere });
    expect(stranger.ready).toBe(true);
    await grant(plane, onService('elsewhere-too', 'outer'), 'allUsers', 'roles/run.invoker');
    expect(await fetched(urlOf(stranger.service))).toBe('404');
  });

  it('says in the log which trace a request belongs to', async () => {
    const url = await deploying({ name: 'traced' });
    const id = '105445aa7843bc8bf206b12000100000';
    await visit(plane, url, { headers: { traceparent: `00-${id}-000000000000004a-01` } });
    const [entry] = await requestLog('traced', `trace="projects/${P}/traces/${id}"`);
    expect(entry).toMatchObject({ spanId: '000000000000004a', traceSampled: true });
  });
});
