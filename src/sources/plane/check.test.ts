import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { type CheckReport, type CheckRequest, parseCheckRequest } from '../../checkpoint/index.js';
import { PlaneError } from './call.js';
import { checkOnPlane } from './check.js';

const request: CheckRequest = {
  kind: 'service',
  apiVersion: 'v1',
  name: 'web',
  project: 'myproject-a',
  region: 'asia-northeast1',
  as: 'user:alice@example.com',
  images: ['us-docker.pkg.dev/myproject-a/r/i'],
};

const report: CheckReport = {
  schema: 'sekisho.check/1',
  verdict: 'granted',
  target: { kind: 'service', name: 'web', project: 'myproject-a', location: 'asia-northeast1' },
  requirements: [],
  fixes: [],
};

let server: Server | undefined;

/** A server that answers every request alike, as a plane would or would not. */
async function answering(
  status: number,
  body: unknown,
  seen: (request: IncomingMessage, body: string) => void = () => {},
) {
  const listening = createServer(async (incoming, response) => {
    seen(incoming, await text(incoming));
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, secret: 'open-sesame' };
}

afterEach(async () => {
  const closing = server;
  server = undefined;
  closing?.closeAllConnections();
  if (closing) await new Promise((resolve) => closing.close(resolve));
});

async function problemOf(answer: Promise<unknown>): Promise<PlaneError> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PlaneError)) throw new Error(`no PlaneError but ${String(error)}`);
  return error;
}

describe('a check on the plane', () => {
  it('sends the request with the secret and hands back the report', async () => {
    const seen: unknown[] = [];
    const address = await answering(200, report, ({ method, url, headers }, body) =>
      seen.push(method, url, headers.authorization, parseCheckRequest(JSON.parse(body))),
    );
    expect(await checkOnPlane(address, request)).toEqual(report);
    expect(seen).toEqual([
      'POST',
      '/sekisho.internal/v1/check',
      'Bearer open-sesame',
      { ...request, secrets: [] },
    ]);
  });

  it('says how to start a plane when none answers', async () => {
    const address = await answering(200, report);
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    expect(await problemOf(checkOnPlane(address, request))).toMatchObject({
      problem: 'not-running',
      message: `No plane answers at ${address.url}. Start one with: sekisho start`,
    });
  });

  it('tells a secret of another plane from a refusal', async () => {
    const unauthenticated = { error: { code: 401, message: 'no', status: 'UNAUTHENTICATED' } };
    expect(await problemOf(checkOnPlane(await answering(401, unauthenticated), request))).toMatchObject({
      problem: 'wrong-secret',
    });
  });

  it('repeats why the plane refuses the request', async () => {
    const body = {
      error: { code: 400, message: "Region 'mars' does not exist.", status: 'INVALID_ARGUMENT' },
    };
    expect(await problemOf(checkOnPlane(await answering(400, body), request))).toMatchObject({
      problem: 'refused',
      message: "INVALID_ARGUMENT: Region 'mars' does not exist.",
    });
  });

  it.each([
    [200, '<html>'],
    [200, { schema: 'other/1' }],
    [404, 'not here'],
  ])('knows a stranger that answers %i %j', async (status, body) => {
    expect(await problemOf(checkOnPlane(await answering(status, body), request))).toMatchObject({
      problem: 'no-plane',
    });
  });
});
