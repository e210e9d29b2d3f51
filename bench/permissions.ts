/**
 * `testIamPermissions` over HTTP, keep-alive: the plane in a process of its own, and in the same run a bare server of
 * Node.js that answers as many bytes, which is what the machine can do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from './load.js';
import type { BenchResult } from './result.js';

const PROJECT = 'bench-project';
const HOST = 'cloudresourcemanager.googleapis.com';
const WARM_UP = 2000;
const REQUESTS = 10_000;
const AT_ONCE = 20;
const BARE = `
require('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.end(process.argv[1]));
}).listen(0, '127.0.0.1', function () { console.log('http://127.0.0.1:' + this.address().port); });
`;
/** What a console asks for before it shows a project. */
const PERMISSIONS = [
  ...['services', 'jobs', 'revisions', 'executions'].flatMap((resource) =>
    ['get', 'list', 'delete'].map((verb) => `${resource}.${verb}`),
  ),
  ...['services.create', 'services.update', 'services.getIamPolicy', 'services.setIamPolicy'],
  ...['jobs.create', 'jobs.update', 'jobs.run', 'tasks.list'],
].map((name) => `run.${name}`);

/** Runs the benchmark; a quarter of a minute. */
export async function run(): Promise<BenchResult[]> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'sekisho-bench-'));
  const servers: ChildProcess[] = [];
  const start = async (...args: string[]) => {
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(server);
    const line = await new Promise<string>((resolve) =>
      server.stdout.once('data', (text) => resolve(String(text))),
    );
    return /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
  };
  try {
    const url = await start(
      path.resolve('bin/sekisho.js'),
      'start',
      '--data',
      scratch,
      '--listen',
      '127.0.0.1:0',
    );
    const token = await setUp(url, (await readFile(path.join(scratch, 'admin-secret'), 'utf8')).trim());
    const results: BenchResult[] = [];
    for (const permissions of [PERMISSIONS.slice(0, 1), PERMISSIONS]) {
      const body = JSON.stringify({ permissions });
      const bare = await start('-e', BARE, body);
      const asked = {
        url,
        path: `/${HOST}/v1/projects/${PROJECT}:testIamPermissions`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
        atOnce: AT_ONCE,
      };
      await load({ ...asked, count: WARM_UP });
      const plane = await load({ ...asked, count: REQUESTS });
      await load({ ...asked, url: bare, count: WARM_UP });
      const limit = await load({ ...asked, url: bare, count: REQUESTS });
      const what = permissions.length === 1 ? '1 permission' : `${permissions.length} permissions`;
      results.push(
        { name: `testIamPermissions, ${what}`, value: Math.round(plane.rate), unit: 'per second' },
        { name: 'a bare server, the same bytes', value: Math.round(limit.rate), unit: 'per second' },
        { name: 'share of it', value: Math.round((plane.rate / limit.rate) * 100) / 100, unit: '×' },
      );
    }
    return results;
  } finally {
    for (const server of servers) await ended(server);
    await rm(scratch, { recursive: true, force: true });
  }
}

async function ended(server: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.kill('SIGTERM');
  await closed;
}

/** Makes the project. @returns its owner's access token */
async function setUp(url: string, secret: string): Promise<string> {
  const { token } = await post(`${url}/sekisho.internal/v1/token`, { as: 'owner@example.com' }, secret);
  await post(`${url}/${HOST}/v1/projects`, { projectId: PROJECT }, String(token));
  return String(token);
}

async function post(url: string, body: object, token: string): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}
