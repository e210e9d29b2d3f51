/** For tests: what clients ask of a plane, answered by a small server that remembers the tokens it gave. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { writeRecord } from '../data-dir.js';
import { type RunningPlane, runningPlane } from './admin-client.js';

export interface SmallPlane {
  readonly dir: string;
  readonly dataDir: string;
  readonly plane: RunningPlane;
  /** Members whose refresh tokens were asked for, in order. */
  readonly minted: readonly string[];
  /** Forgets every token. */
  forget(): void;
  close(): Promise<void>;
}

const SECRET = 'the-secret';
const NOBODY = 'nobody@p.iam.gserviceaccount.com';

export async function startSmallPlane(): Promise<SmallPlane> {
  const dir = await mkdtemp(path.join(tmpdir(), 'sekisho-clients-'));
  const dataDir = path.join(dir, 'data');
  const tokens = new Set<string>();
  const minted: string[] = [];

  function answer(host: string, where: string, body: string): [number, object] {
    if (host === 'oauth2.googleapis.com' && where === 'POST /token') {
      const known = tokens.has(new URLSearchParams(body).get('refresh_token') ?? '');
      return known ? [200, { access_token: 'ya29.x' }] : [400, { error: 'invalid_grant' }];
    }
    const { as } = JSON.parse(body || '{}') as { as?: string };
    if (as?.endsWith(NOBODY))
      return [400, { error: { message: `Service account ${NOBODY} does not exist.` } }];
    if (where === 'POST /v1/token') return [200, { token: `token of ${as}` }];
    if (where !== 'POST /v1/refresh-token') return [404, { error: { message: where } }];
    const refreshToken = `1//${minted.push(as ?? '')}`;
    tokens.add(refreshToken);
    return [200, { refreshToken }];
  }

  const server = createServer(async (request, response) => {
    const { host = '', authorization } = request.headers;
    const body = await text(request);
    const admin = host === 'sekisho.internal';
    const [status, value] =
      admin && authorization !== `Bearer ${SECRET}`
        ? [401, { error: { message: 'The admin secret is missing or wrong.' } }]
        : answer(host, `${request.method} ${request.url}`, body);
    response.writeHead(status).end(JSON.stringify(value));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await mkdir(dataDir, { mode: 0o700 });
  await writeFile(path.join(dataDir, 'ca-bundle.pem'), 'certificates');
  await writeRecord(dataDir, { url, secret: SECRET, owner: 'user:owner@example.com', pid: process.pid });
  return {
    dir,
    dataDir,
    plane: await runningPlane(dataDir),
    minted,
    forget: () => tokens.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(dir, { recursive: true, force: true });
    },
  };
}
