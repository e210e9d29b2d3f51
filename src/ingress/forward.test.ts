/** Exchanges with containers that speak HTTP/1.1: streams, limits, connections that close, clients that go. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Answered, ask, type Front, front, listening } from './testing-exchange.js';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A container behind a front. */
async function behind(listener: http.RequestListener, timeoutMs?: number): Promise<Front> {
  return serving(http.createServer(listener), timeoutMs);
}

async function serving(server: net.Server, timeoutMs?: number): Promise<Front> {
  const { port } = new URL(await listening(server));
  const opened = await front({ protocol: 'http1', port: Number(port) }, timeoutMs);
  closers.push(
    () => void server.close(),
    () => opened.close(),
  );
  return opened;
}

const echo: http.RequestListener = async (request, response) => {
  const body = await buffer(request).catch(() => undefined);
  if (!body) return;
  response.end(JSON.stringify({ headers: request.headers, length: body.length, url: request.url }));
};
const json = ({ body }: Answered) => JSON.parse(body.toString());

describe('a request to an HTTP/1.1 server', () => {
  it('is told of the client, and not of the connection it came on', async () => {
    const { url } = await behind(echo);
    const headers = {
      connection: 'keep-alive, x-private',
      'x-private': '1',
      'x-own': 'ü',
      te: 'trailers',
      'x-forwarded-for': '198.51.100.1',
    };
    expect(json(await ask(`${url}/a?b=%20`, { headers }))).toEqual({
      url: '/a?b=%20',
      length: 0,
      headers: {
        connection: 'keep-alive',
        host: 'web.example.com',
        'x-own': 'ü',
        'x-forwarded-for': '198.51.100.1,192.0.2.1',
        'x-forwarded-proto': 'https',
        forwarded: 'for="192.0.2.1";proto=https',
        'x-cloud-trace-context': expect.stringMatching(/^[0-9a-f]{32}\/\d+;o=1$/),
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      },
    });
  });

  it('has its answer byte for byte, trailers and early hints included', async () => {
    const { url, h2cUrl } = await behind((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(201, {
        'x-own': Buffer.from('名').toString('latin1'),
        'set-cookie': ['a=1', 'b=2'],
        trailer: 'x-sum',
      });
      response.write('body');
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    });
    const hints = vi.fn();
    const request = http.get(url, { agent: false });
    request.on('information', ({ statusCode, headers }) => hints(statusCode, headers.link));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect((await buffer(response)).toString()).toBe('body');
    expect([response.statusCode, response.headers['set-cookie'], response.trailers['x-sum']]).toEqual([
      201,
      ['a=1', 'b=2'],
      '42',
    ]);
    expect(Buffer.from(String(response.headers['x-own']), 'latin1').toString()).toBe('名');
    expect(hints).toHaveBeenCalledExactlyOnceWith(103, '</style.css>; rel=preload');

    const session = http2.connect(h2cUrl);
    const stream = session.request({ ':path': '/' });
    const trailers = once(stream, 'trailers');
    expect((await buffer(stream)).toString()).toBe('body');
    expect((await trailers)[0]).toMatchObject({ 'x-sum': '42' });
    session.close();
  });

  it('streams both ways at once', async () => {
    const { url } = await behind((request, response) => request.pipe(response));
    const request = http.request(url, { method: 'POST', agent: false });
    request.write('first');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(String((await once(response, 'data'))[0])).toBe('first');
    request.end('second');
    expect(String(await buffer(response))).toBe('second');
  });

  it('has the head at once when the body takes its time', async () => {
    const { url, h2cUrl } = await behind((_, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    );
    const request = http.get(url, { agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(response.headers['content-type']).toBe('text/event-stream');
    request.destroy();
    const session = http2.connect(h2cUrl);
    const stream = session.request({ ':path': '/' });
    expect((await once(stream, 'response'))[0]).toMatchObject({ 'content-type': 'text/event-stream' });
    session.destroy();
  });

  it('passes large bodies through without holding them, however fast either side is', async () => {
    const { url, outcomes } = await behind((request, response) => request.pipe(response));
    const body = Buffer.alloc(20 * 2 ** 20, 'x');
    const { body: back } = await ask(url, { method: 'PUT' }, body);
    expect(back.equals(body)).toBe(true);
    expect(outcomes).toMatchObject([
      { kind: 'answered', sizes: { request: body.length, response: body.length } },
    ]);
  });

  it('may be 32 MiB long, and no longer, whether its length is told or not', async () => {
    const { url } = await behind(echo);
    const largest = 32 * 2 ** 20;
    const told = (length: number) => ask(url, { method: 'POST' }, Buffer.alloc(length));
    const untold = (length: number) =>
      ask(url, { method: 'POST' }, Readable.from([Buffer.alloc(length - 1), Buffer.alloc(1)]));
    for (const sending of [told, untold]) {
      expect(json(await sending(largest)).length).toBe(largest);
      const refused = await sending(largest + 1);
      expect([refused.status, refused.body.toString()]).toEqual([599, 'request-too-large']);
    }
  });

  it('may be answered by 32 MiB whose length is told, and by any amount that is streamed', async () => {
    const { url } = await behind((request, response) => {
      const length = 32 * 2 ** 20 + (request.url === '/large' ? 1 : 0);
      if (request.url !== '/streamed') response.setHeader('content-length', length);
      response.write(Buffer.alloc(length - 1));
      response.end(Buffer.alloc(1));
    });
    expect((await ask(url)).body.length).toBe(32 * 2 ** 20);
    expect((await ask(`${url}/streamed`)).body.length).toBe(32 * 2 ** 20);
    expect((await ask(`${url}/large`)).body.toString()).toBe('response-too-large');
  });

  it('has answers without a body', async () => {
    const { url } = await behind((request, response) => {
      response.statusCode = Number(request.url?.slice(1));
      response.setHeader('content-length', request.method === 'HEAD' ? 1000 : 0);
      if (response.statusCode === 204 || response.statusCode === 304) response.removeHeader('content-length');
      response.end();
    });
    for (const status of [200, 204, 304]) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await ask(`${url}/${status}`, { method });
        expect([method, answer.status, answer.body.length]).toEqual([method, status, 0]);
      }
    }
  });

  it('uses a connection again, and another one where the container has closed it meanwhile', async () => {
    let served = 0;
    const fronted = await serving(
      net.createServer((socket) => {
        socket.on('error', () => undefined);
        // Each connection answers one request and dies at the next.
        let answered = false;
        socket.on('data', () => {
          if (answered) return socket.destroy();
          answered = true;
          served += 1;
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=60\r\n\r\nok');
        });
      }),
    );
    for (let turn = 0; turn < 3; turn++) expect((await ask(fronted.url)).body.toString()).toBe('ok');
    expect([served, fronted.connections()]).toEqual([3, 3]);
    // A POST may have arrived: it is not sent twice.
    expect((await ask(fronted.url, { method: 'POST' }, Buffer.from('x'))).body.toString()).toBe('no-answer');
  });

  it.each([
    ['nonsense', 'SSH-2.0-OpenSSH\r\n'],
    ['less than it says', 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\nContent-Ty'],
    ['nothing', ''],
  ])('is told when the container answers %s', async (_, answer) => {
    const { url } = await serving(
      net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(answer));
      }),
    );
    expect((await ask(url)).body.toString()).toBe('no-answer');
  });

  it('is cut off, not ended, when the answer breaks off', async () => {
    const { url, h2cUrl, outcomes } = await behind((_, response) => {
      response.write('half', () => response.destroy());
    });
    await expect(ask(url)).rejects.toThrow('aborted');
    const session = http2.connect(h2cUrl);
    await expect(buffer(session.request({ ':path': '/' }))).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
    session.destroy();
    expect(outcomes).toMatchObject([
      { kind: 'no-answer', begun: true, sizes: { response: 4 } },
      { kind: 'no-answer', begun: true },
    ]);
  });

  it('ends at its timeout', async () => {
    const { url } = await behind(() => undefined, 30);
    expect((await ask(url)).body.toString()).toBe('timeout');
  });

  it('ends at the container when the client goes away', async () => {
    const left = vi.fn();
    const { url, outcomes } = await behind((request) => request.once('close', left));
    const request = http.request(url, { method: 'POST', agent: false }).on('error', () => undefined);
    request.write('half');
    request.flushHeaders();
    await vi.waitFor(() => expect(request.socket?.bytesWritten).toBeGreaterThan(0));
    request.destroy();
    await vi.waitFor(() => expect(outcomes).toMatchObject([{ kind: 'gone' }]));
  });
});
