/** Exchanges with containers that speak HTTP/2 in the clear, gRPC above all. */
import { once } from 'node:events';
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask, type Front, front, listening } from './testing-exchange.js';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type OnStream = (stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

async function behind(onStream: OnStream): Promise<Front & { readonly sessions: ServerHttp2Session[] }> {
  const server = http2.createServer();
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    onStream(stream, headers);
  });
  const port = Number(new URL(await listening(server)).port);
  const opened = await front({ protocol: 'h2c', port });
  closers.push(
    () => void server.close(),
    () => opened.close(),
  );
  return { ...opened, sessions };
}

describe('a request to an HTTP/2 server', () => {
  it('shares one connection with all others, whichever protocol it comes by', async () => {
    const { url, h2cUrl, connections } = await behind((stream, headers) => {
      stream.respond({ ':status': 200, 'x-host': headers[':authority'] });
      stream.pipe(stream);
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => ask(url, { method: 'POST' }, Buffer.from(`${n}`))),
    );
    expect(answers.map(({ body }) => String(body))).toEqual(answers.map((_, n) => `${n}`));
    expect(answers[0]?.headers['x-host']).toBe('web.example.com');
    const session = http2.connect(h2cUrl);
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.end('by h2');
    expect(String(await buffer(stream))).toBe('by h2');
    session.close();
    expect(connections()).toBe(1);
  });

  it('may be longer than 32 MiB', async () => {
    const { url } = await behind((stream) => {
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    });
    const body = Buffer.alloc(33 * 2 ** 20, 'x');
    expect((await ask(url, { method: 'POST' }, body)).body.length).toBe(body.length);
  });

  it('goes over a new connection when the container has taken its leave', async () => {
    const { url, sessions, connections } = await behind((stream) => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    const asking = async () => String((await ask(url)).body);
    expect(await asking()).toBe('ok');
    sessions[0]?.close();
    expect(await asking()).toBe('ok');
    sessions[1]?.destroy();
    expect(await asking()).toBe('ok');
    expect(connections()).toBe(3);
  });

  it('is told of a stream that the container resets, before its head and after', async () => {
    const { url } = await behind((stream, headers) => {
      if (headers[':path'] === '/after') {
        stream.respond({ ':status': 200 });
        stream.write('half', () => stream.destroy(new Error('broken')));
      } else stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    });
    expect(String((await ask(url)).body)).toBe('no-answer');
    await expect(ask(`${url}/after`)).rejects.toThrow('aborted');
  });

  it('has trailers where there is no body', async () => {
    const { h2cUrl } = await behind((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
      stream.end();
    });
    const session = http2.connect(h2cUrl);
    const stream = session.request({ ':path': '/' });
    const trailers = once(stream, 'trailers');
    await buffer(stream);
    expect((await trailers)[0]).toMatchObject({ 'x-sum': '42' });
    session.close();
  });

  it('is reset at the container when the client resets it', async () => {
    const streams: ServerHttp2Stream[] = [];
    const { h2cUrl, outcomes } = await behind((stream) => void streams.push(stream));
    const session = http2.connect(h2cUrl);
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.write('half');
    await vi.waitFor(() => expect(streams).toHaveLength(1));
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await vi.waitFor(() => expect(streams[0]?.rstCode).toBe(http2.constants.NGHTTP2_CANCEL));
    await vi.waitFor(() => expect(outcomes).toMatchObject([{ kind: 'gone' }]));
    session.destroy();
  });
});

const plain = {
  requestSerialize: (text: string) => Buffer.from(text),
  requestDeserialize: String,
  responseSerialize: (text: string) => Buffer.from(text),
  responseDeserialize: String,
};
const ECHO = {
  say: { path: '/test.Echo/Say', requestStream: false, responseStream: false, ...plain },
  talk: { path: '/test.Echo/Talk', requestStream: true, responseStream: true, ...plain },
} satisfies ServiceDefinition;

async function grpc(protocol: 'h2c' | 'http1'): Promise<Client> {
  const server = new Server();
  server.addService(ECHO, {
    say(
      call: { request: string; metadata: Metadata },
      done: (error: object | null, answer?: string, trailer?: Metadata) => void,
    ) {
      if (call.request === 'never') return;
      if (call.request === 'fail') return done({ code: status.FAILED_PRECONDITION, details: 'not now' });
      const trailer = new Metadata();
      trailer.set('x-trailer', 'there');
      done(null, `${call.metadata.get('x-own')[0]} ${call.request}`, trailer);
    },
    talk(call: NodeJS.ReadWriteStream) {
      call.on('data', (text: string) => call.write(text.toUpperCase()));
      call.on('end', () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const opened = await front({ protocol, port });
  const client = new Client(new URL(opened.h2cUrl).host, credentials.createInsecure());
  closers.push(
    () => server.forceShutdown(),
    () => opened.close(),
    () => client.close(),
  );
  return client;
}

type Said = { error: { code: number; details: string } | null; answer: string | undefined; trailer: unknown };

function say(client: Client, text: string, deadline = Date.now() + 60_000): Promise<Said> {
  const metadata = new Metadata();
  metadata.set('x-own', 'hello');
  const { path, requestSerialize, responseDeserialize } = ECHO.say;
  return new Promise((resolve) => {
    let trailer: unknown;
    client
      .makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        text,
        metadata,
        { deadline },
        (error, answer) => setImmediate(() => resolve({ error, answer, trailer })),
      )
      .on('status', (ended) => {
        trailer = ended.metadata.get('x-trailer')[0];
      });
  });
}

describe('gRPC', () => {
  it('has answers, trailers, errors and deadlines', async () => {
    const client = await grpc('h2c');
    expect(await say(client, 'world')).toEqual({ error: null, answer: 'hello world', trailer: 'there' });
    expect(await say(client, 'fail')).toMatchObject({
      error: { code: status.FAILED_PRECONDITION, details: 'not now' },
    });
    expect(await say(client, 'never', Date.now() + 100)).toMatchObject({
      error: { code: status.DEADLINE_EXCEEDED },
    });
  });

  it('streams both ways at once', async () => {
    const client = await grpc('h2c');
    const { path, requestSerialize, responseDeserialize } = ECHO.talk;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    for (const word of ['one', 'two', 'three']) {
      call.write(word);
      expect((await once(call, 'data'))[0]).toBe(word.toUpperCase());
    }
    const ended = once(call, 'status');
    call.on('data', () => undefined);
    call.end();
    expect((await ended)[0]).toMatchObject({ code: status.OK });
  });

  it('is unavailable where the port is not said to speak HTTP/2', async () => {
    const client = await grpc('http1');
    expect((await say(client, 'world')).error?.code).not.toBe(status.OK);
  });
});
