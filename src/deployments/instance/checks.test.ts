import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { Probe, ProbeCheck } from '../model.js';
import { type Connect, check } from './checks.js';

const never = new AbortController().signal;
const open: net.Server[] = [];
const sockets = new Set<net.Socket>();

async function listening(server: net.Server): Promise<number> {
  open.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const connect: Connect = (port) =>
  new Promise<Duplex>((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });

const probe = (wanted: ProbeCheck, timeoutSeconds = 10): Probe => ({
  initialDelaySeconds: 0,
  timeoutSeconds,
  periodSeconds: 10,
  failureThreshold: 1,
  check: wanted,
});

/** A port on which nothing listens any longer. */
async function closedPort(): Promise<number> {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  open.splice(open.indexOf(server), 1);
  return port;
}

describe('a TCP probe', () => {
  it('succeeds where something listens, and closes its connection', async () => {
    const port = await listening(net.createServer());
    expect(await check(probe({ kind: 'tcp', port }), connect, 'once', never)).toBe('ok');
  });

  it('fails at once where nothing does', async () => {
    const port = await closedPort();
    expect(await check(probe({ kind: 'tcp', port }), connect, 'once', never)).toBe('refused');
  });

  it('waits for the port to open, as long as it may', async () => {
    let refused = 0;
    const port = await listening(net.createServer());
    const opening: Connect = async (wanted) => {
      if (++refused < 4) throw new Error('ECONNREFUSED');
      return connect(wanted);
    };
    expect(await check(probe({ kind: 'tcp', port }), opening, 'until-timeout', never)).toBe('ok');
    const closed = await closedPort();
    expect(await check(probe({ kind: 'tcp', port: closed }, 0.05), connect, 'until-timeout', never)).toBe(
      'refused',
    );
  });

  it('ends when nobody wants it any longer', async () => {
    const abort = new AbortController();
    const stuck: Connect = () => new Promise(() => setImmediate(() => abort.abort()));
    expect(await check(probe({ kind: 'tcp', port: 1 }), stuck, 'once', abort.signal)).toBe('late');
  });
});

describe('an HTTP probe', () => {
  const http1 = (status: number, seen: http.IncomingMessage[] = []) =>
    listening(
      http.createServer((request, response) => {
        seen.push(request);
        response.writeHead(status).end();
      }),
    );
  const wanted = (port: number) => probe({ kind: 'http', port, path: '/ready?x=1', headers: { 'x-a': 'b' } });

  it.each([200, 204, 302, 399])('succeeds with %i', async (status) => {
    expect(await check(wanted(await http1(status)), connect, 'once', never)).toBe('ok');
  });

  it.each([400, 404, 500, 503])('fails with %i', async (status) => {
    expect(await check(wanted(await http1(status)), connect, 'once', never)).toBe('unhealthy');
  });

  it('asks for its path, with its headers', async () => {
    const seen: http.IncomingMessage[] = [];
    await check(wanted(await http1(200, seen)), connect, 'once', never);
    expect(seen[0]?.url).toBe('/ready?x=1');
    expect(seen[0]?.headers).toMatchObject({ 'x-a': 'b', host: 'localhost' });
  });

  it('fails where no answer comes in time', async () => {
    const port = await listening(net.createServer());
    const late = probe({ kind: 'http', port, path: '/', headers: {} }, 0.05);
    expect(await check(late, connect, 'once', never)).toBe('late');
  });

  it('fails where something else answers', async () => {
    const port = await listening(net.createServer((socket) => socket.end('SSH-2.0-x\r\n')));
    const other = probe({ kind: 'http', port, path: '/', headers: {} });
    expect(await check(other, connect, 'once', never)).toBe('unhealthy');
  });
});

describe('a gRPC probe', () => {
  /** A health service that knows these services by their names. */
  const grpc = (statuses: Readonly<Record<string, number>>) => {
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      const body: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => body.push(chunk));
      stream.on('end', () => {
        const message = Buffer.concat(body).subarray(5);
        // Field 1, a string whose length takes one or two bytes.
        const name = message.subarray(message.length > 0x80 ? 3 : 2).toString();
        const status = statuses[name];
        const known = headers[':path'] === '/grpc.health.v1.Health/Check' && status !== undefined;
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? '0' : '5' }));
        if (known) stream.write(Buffer.from([0, 0, 0, 0, 2, 8, status]));
        stream.end();
      });
    });
    return listening(server as unknown as net.Server);
  };
  const long = 'x'.repeat(200);
  const checked = async (service: string, statuses: Readonly<Record<string, number>>) =>
    check(probe({ kind: 'grpc', port: await grpc(statuses), service }), connect, 'once', never);

  it.each(['', 'app.v1.App', long])('succeeds where the service %j is SERVING', async (service) => {
    expect(await checked(service, { [service]: 1 })).toBe('ok');
  });

  it('fails where it is NOT_SERVING, or unknown', async () => {
    expect(await checked('', { '': 2 })).toBe('unhealthy');
    expect(await checked('other', { '': 1 })).toBe('unhealthy');
  });

  it('fails where no gRPC is spoken', async () => {
    const port = await listening(http.createServer((_request, response) => response.end('hello')));
    expect(await check(probe({ kind: 'grpc', port, service: '' }), connect, 'once', never)).toBe('unhealthy');
  });
});
