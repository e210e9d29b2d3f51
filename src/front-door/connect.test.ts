import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  connect as netConnect,
  type Server,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openCertificates } from './certificates.js';
import { connectThrough, overHttp1, overTls, tlsThrough } from './fixtures/clients.js';
import { startPlane, type TestPlane } from './fixtures/plane.js';

const planes: TestPlane[] = [];
const start = async (...args: Parameters<typeof startPlane>) => {
  const plane = await startPlane(...args);
  planes.push(plane);
  return plane;
};
afterEach(async () => {
  await Promise.all(planes.splice(0).map((plane) => plane.close()));
});

function listening(server: Server | HttpServer): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Says what it hears, in capitals. */
const shouter = createTcpServer((socket) => {
  socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
  socket.on('error', () => undefined);
});
let shouterPort: number;
beforeAll(async () => {
  shouterPort = await listening(shouter);
});
afterAll(() => {
  shouter.close();
});

async function converse(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const heard = await new Promise<string>((resolve) =>
    socket.once('data', (chunk) => resolve(String(chunk))),
  );
  socket.destroy();
  return heard;
}

describe('CONNECT', () => {
  it('serves every host that the plane stands in for, with a certificate of its own', async () => {
    const plane = await start();
    for (const host of [
      'run.googleapis.com',
      'us-central1-run.googleapis.com',
      'oauth2.googleapis.com',
      'asia-northeast1-docker.pkg.dev',
      'gcr.io',
      'eu.gcr.io',
      'web-123.asia-northeast1.run.app',
      'accounts.google.com',
    ]) {
      for (const protocol of ['h2', 'http/1.1']) {
        const socket = await tlsThrough(plane.port, host, plane.ca, [protocol]);
        expect(socket.alpnProtocol).toBe(protocol);
        expect(socket.authorized).toBe(true);
        socket.destroy();
      }
    }
  });

  it("takes connections to Google's other hosts, never on to them, and answers what is not served", async () => {
    const plane = await start({ egress: 'tunnel' });
    for (const [host, advice] of [
      ['storage.googleapis.com', 'deploy it with --image'],
      ['cloudbuild.googleapis.com', 'Sekisho builds nothing from source'],
      ['europe-west1-cloudfunctions.googleapis.com', 'Sekisho runs no functions'],
      ['firebasehosting.googleapis.com', 'Sekisho has no Firebase'],
      ['us-central1-p.cloudfunctions.net', 'Sekisho runs no functions'],
      ['us-npm.pkg.dev', ''],
      ['www.google.com', ''],
    ] as const) {
      const answer = await overTls({ port: plane.port, host, ca: plane.ca, path: '/v1/x?y=z' });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ error: { code: 501, status: 'UNIMPLEMENTED' } });
      expect(answer.text).toContain(`${host} is not served by Sekisho (asked for: GET /v1/x).`);
      expect(answer.text).toContain(advice);
    }
  });

  it('refuses the metadata server by name, in the status line too', async () => {
    const plane = await start({ egress: 'tunnel' });
    for (const host of ['metadata.google.internal', '169.254.169.254']) {
      const answer = await connectThrough(plane.port, `${host}:443`);
      expect(answer).toMatchObject({ status: 404, reason: expect.stringContaining(host) });
      expect(answer).toMatchObject({ refused: expect.stringContaining(host) });
    }
    expect(await connectThrough(plane.port, 'sekisho.internal:443')).toMatchObject({ status: 403 });
    expect(await connectThrough(plane.port, 'a:b:443')).toMatchObject({ status: 400 });
  });

  it('takes connections to a region that there is none, and answers 404, which clients explain', async () => {
    const plane = await start();
    const answer = await overTls({
      port: plane.port,
      host: 'mars-north1-run.googleapis.com',
      ca: plane.ca,
      path: '/v1/things/a',
    });
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('mars-north1 is no region of run.googleapis.com.');
  });

  it('passes other hosts on untouched', async () => {
    const plane = await start({ egress: 'tunnel' });
    const tunnel = await connectThrough(plane.port, `127.0.0.1:${shouterPort}`);
    if ('refused' in tunnel) throw new Error(tunnel.refused);
    expect(await converse(tunnel.socket, 'hello')).toBe('HELLO');
  });

  it('says when another host cannot be reached', async () => {
    const plane = await start({ egress: 'tunnel' });
    const nobody = createTcpServer();
    const port = await listening(nobody);
    await new Promise((resolve) => nobody.close(resolve));
    expect(await connectThrough(plane.port, `127.0.0.1:${port}`)).toMatchObject({ status: 502 });
  });

  it('refuses other hosts without egress', async () => {
    const plane = await start({ egress: 'refuse' });
    expect(await connectThrough(plane.port, 'example.com:443')).toMatchObject({
      status: 403,
      refused: 'example.com is not served by Sekisho, which runs without egress to other hosts.\n',
    });
    const plain = await overHttp1({ port: plane.port, path: 'http://example.com/' });
    expect([plain.status, plain.text]).toEqual([403, expect.stringContaining('example.com is not served')]);
  });

  it('goes through the former proxy, with its credentials', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('from the proxy');
    });
    proxy.on('connect', (request, socket) => {
      asked.push(request.url, request.headers['proxy-authorization']);
      const onward = netConnect(shouterPort, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\nX-Proxy: 1\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    const proxyPort = await listening(proxy);
    const plane = await start({
      egress: 'tunnel',
      upstreamProxy: new URL(`http://me:p%40ss@127.0.0.1:${proxyPort}`),
    });
    try {
      const tunnel = await connectThrough(plane.port, 'example.com:443');
      if ('refused' in tunnel) throw new Error(tunnel.refused);
      expect(await converse(tunnel.socket, 'hi')).toBe('HI');
      const plain = await overHttp1({ port: plane.port, path: 'http://example.com/x?y' });
      expect(plain.text).toBe('from the proxy');
      expect(asked).toEqual([
        'example.com:443',
        `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
        'GET http://example.com/x?y',
      ]);
    } finally {
      proxy.close();
    }
  });

  it('passes plain HTTP requests of proxy clients on', async () => {
    const plane = await start({ egress: 'tunnel' });
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        response.writeHead(201, { 'x-seen': request.headers.host });
        response.end(`${request.method} ${request.url} ${body}`);
      });
    });
    const port = await listening(server);
    try {
      const answer = await overHttp1({
        port: plane.port,
        path: `http://127.0.0.1:${port}/a?b`,
        method: 'POST',
        body: 'c',
        headers: { 'proxy-connection': 'keep-alive', host: `127.0.0.1:${port}` },
      });
      expect([answer.status, answer.text]).toEqual([201, 'POST /a?b c']);
      expect(answer.headers['x-seen']).toBe(`127.0.0.1:${port}`);
    } finally {
      server.close();
    }
  });
});

describe('upgrades', () => {
  it('to a service are handed to the ingress', async () => {
    const plane = await start({
      ingress: {
        handle: async () => undefined,
        upgrade: (request, socket, head, context) => {
          socket.end(`HTTP/1.1 101 Switching\r\n\r\n${context.host} ${request.headers.upgrade} ${head}`);
        },
      },
    });
    const socket = netConnect(plane.port, '127.0.0.1');
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: web-1.us-central1.run.app\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst',
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => socket.on('end', resolve));
    expect(text).toBe('HTTP/1.1 101 Switching\r\n\r\nweb-1.us-central1.run.app websocket first');
  });
});

describe('close', () => {
  it('lets calls under way end, and then everything', async () => {
    let release: (() => void) | undefined;
    const plane = await start({
      drain: 5000,
      ingress: {
        handle: async (_request, response) => {
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          if (!('stream' in response)) response.end('done');
        },
      },
    });
    const idle = netConnect(plane.port, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const idleEnded = new Promise((resolve) => idle.once('close', resolve));
    const answer = overHttp1({ port: plane.port, host: 'web-1.us-central1.run.app', path: '/' });
    await expect.poll(() => release).toBeDefined();
    const closed = plane.door.close();
    release?.();
    expect((await answer).text).toBe('done');
    await closed;
    await idleEnded;
    await expect(overHttp1({ port: plane.port, path: '/healthz' })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('certificates', () => {
  it('come from a CA that is made once, whose key only its owner may read', async () => {
    const plane = await start();
    const again = await openCertificates(plane.directory);
    expect(again.caPem).toBe(plane.ca);
    expect(again.caPath).toBe(join(plane.directory, 'ca.pem'));
    expect((await stat(join(plane.directory, 'ca-key.pem'))).mode & 0o777).toBe(0o600);
    const ca = new X509Certificate(await readFile(again.caPath));
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    const socket = await tlsThrough(plane.port, 'run.googleapis.com', plane.ca, ['http/1.1']);
    const leaf = new X509Certificate(socket.getPeerCertificate().raw);
    socket.destroy();
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.subjectAltName).toBe('DNS:run.googleapis.com');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('are not shown for hosts that the plane does not serve', async () => {
    const plane = await start();
    const tunnel = await connectThrough(plane.port, 'run.googleapis.com:443');
    if ('refused' in tunnel) throw new Error(tunnel.refused);
    const { connect } = await import('node:tls');
    const failed = new Promise<Error>((resolve) => {
      connect({ socket: tunnel.socket, servername: 'example.com', ca: plane.ca }).on('error', resolve);
    });
    expect(await failed).toBeInstanceOf(Error);
  });
});
