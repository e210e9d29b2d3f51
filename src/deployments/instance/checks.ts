/** One attempt of a probe: TCP, HTTP or gRPC (https://cloud.google.com/run/docs/configuring/healthchecks). */
import http from 'node:http';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Probe, ProbeCheck } from '../model.js';
import { linked } from './linked.js';

/** Opens a connection to a port inside the instance. */
export type Connect = (port: number) => Promise<Duplex>;

/** `refused`: nothing listens; `late`: no answer in time; `unhealthy`: the wrong one. */
export type CheckResult = 'ok' | 'refused' | 'late' | 'unhealthy';

/** How an attempt treats a port on which nothing listens yet. */
export type Patience = 'once' | 'until-timeout';

/** Retry often at first, since most containers listen within milliseconds, then back off to this. */
const LONGEST_PAUSE_MS = 50;

/** Makes one attempt, which takes the probe's timeout at the longest; one that is given up counts as late. */
export async function check(
  probe: Probe,
  connect: Connect,
  patience: Patience,
  stop: AbortSignal,
): Promise<CheckResult> {
  const over = linked(stop);
  const { signal } = over;
  const timer = setTimeout(() => over.abort(), probe.timeoutSeconds * 1000);
  try {
    const socket = await dial(probe.check.port, connect, patience, signal);
    if (typeof socket === 'string') return socket;
    try {
      return await Promise.race([ask(probe.check, socket), aborted(signal)]);
    } finally {
      socket.destroy();
    }
  } finally {
    clearTimeout(timer);
    over.unlink();
    over.abort();
  }
}

async function dial(
  port: number,
  connect: Connect,
  patience: Patience,
  signal: AbortSignal,
): Promise<Duplex | 'refused' | 'late'> {
  const over = aborted(signal);
  for (let wait = 1; !signal.aborted; wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS)) {
    const connecting = connect(port);
    const socket = await Promise.race([connecting.catch(() => 'refused' as const), over]);
    if (socket === 'late') {
      connecting.then(
        (unwanted) => unwanted.destroy(),
        () => undefined,
      );
      return 'late';
    }
    if (socket !== 'refused') return socket;
    if (patience === 'once') return 'refused';
    await delay(wait, undefined, { signal }).catch(() => undefined);
  }
  return 'refused';
}

function aborted(signal: AbortSignal): Promise<'late'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('late');
    else signal.addEventListener('abort', () => resolve('late'), { once: true });
  });
}

function ask(probe: ProbeCheck, socket: Duplex): Promise<CheckResult> {
  socket.on('error', () => socket.destroy());
  switch (probe.kind) {
    case 'tcp':
      return Promise.resolve('ok');
    case 'http':
      return askHttp(probe, socket);
    case 'grpc':
      return askGrpc(probe, socket);
  }
}

function askHttp(
  { path, headers }: Extract<ProbeCheck, { kind: 'http' }>,
  socket: Duplex,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    const request = http.request(
      { path, headers: { host: 'localhost', ...headers }, createConnection: () => socket },
      ({ statusCode = 500 }) => resolve(statusCode >= 200 && statusCode < 400 ? 'ok' : 'unhealthy'),
    );
    request.once('error', () => resolve('unhealthy'));
    request.end();
  });
}

/** A message with its five-byte prefix: uncompressed, and its length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** `HealthCheckRequest { string service = 1 }` */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length === 0) return framed(name);
  const length: number[] = [];
  for (let rest = name.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return framed(Buffer.concat([Buffer.from([0x0a, ...length]), name]));
}

/** `HealthCheckResponse { ServingStatus status = 1 }`, of which SERVING is 1. */
const isServing = (body: Buffer) =>
  body.length === 7 && body[0] === 0 && body[4] === 2 && body[5] === 0x08 && body[6] === 0x01;

/** `grpc.health.v1.Health/Check` (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). */
function askGrpc({ service }: Extract<ProbeCheck, { kind: 'grpc' }>, socket: Duplex): Promise<CheckResult> {
  const session = http2.connect('http://localhost', { createConnection: () => socket });
  return new Promise<CheckResult>((resolve) => {
    session.once('error', () => resolve('unhealthy'));
    session.once('close', () => resolve('unhealthy'));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const body: Buffer[] = [];
    let status: unknown;
    stream.once('response', (headers) => {
      status = headers['grpc-status'];
    });
    stream.once('trailers', (trailers) => {
      status = trailers['grpc-status'];
    });
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.once('error', () => resolve('unhealthy'));
    stream.once('end', () =>
      resolve(String(status) === '0' && isServing(Buffer.concat(body)) ? 'ok' : 'unhealthy'),
    );
    stream.end(healthRequest(service));
  }).finally(() => session.destroy());
}
