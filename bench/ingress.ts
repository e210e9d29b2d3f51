/**
 * Warm requests through the ingress, keep-alive, with the invoker check on: their rate, the plane's CPU time for each,
 * and what the way through adds to the latency. The same server with nothing before it is measured in the same run.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPlane } from '../src/plane/index.js';
import { nodeServerImage } from '../src/registry/index.js';
import { setUp } from './plane.js';
import type { BenchResult } from './result.js';

const SERVER = `
import http from 'node:http';
const server = http.createServer((_, response) => response.end('hello'));
server.keepAliveTimeout = 60000;
server.listen(Number(process.env.PORT), () => console.log(server.address().port));
`;
/** Sends so many requests, so many at once, and prints how long all took and the median of each. */
const CLIENT = `
const { Client } = require('undici');
const [url, headers, count, atOnce] = JSON.parse(process.argv[1]);
const times = [];
let left = count;
async function one() {
  const client = new Client(url);
  while (left-- > 0) {
    const started = performance.now();
    const { statusCode, body } = await client.request({ path: '/', method: 'GET', headers });
    await body.dump();
    if (statusCode !== 200) throw new Error('answered ' + statusCode);
    times.push(performance.now() - started);
  }
  await client.close();
}
const started = performance.now();
Promise.all(Array.from({ length: atOnce }, one)).then(() => {
  const took = performance.now() - started;
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ rate: count / took * 1000, median: times[Math.floor(times.length / 2)] }));
});
`;
const WARM_UP = 2000;
const REQUESTS = 10_000;
const ALONE = 1000;
const round = (value: number) => Math.round(value * 100) / 100;

/** Runs the benchmark; half a minute. Needs root and crun. */
export async function run(): Promise<BenchResult[]> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'sekisho-bench-'));
  const server = spawn(process.execPath, ['--input-type=module', '-e', SERVER], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const port = await new Promise<string>((resolve) =>
      server.stdout.once('data', (text) => resolve(String(text))),
    );
    const bare = `http://127.0.0.1:${port.trim()}`;
    const image = await nodeServerImage({ script: SERVER, cacheDir: path.join(scratch, 'cache') });
    const plane = await startPlane({ dataDir: path.join(scratch, 'plane'), port: 0 });
    try {
      const service = await setUp(plane, image);
      await service.deploy(false);
      const headers = { host: service.host(), authorization: `Bearer ${await service.idToken()}` };
      await load(plane.url, headers, WARM_UP, 50);
      const before = process.cpuUsage();
      const through = await load(plane.url, headers, REQUESTS, 50);
      const { user, system } = process.cpuUsage(before);
      const cpu = (user + system) / REQUESTS;
      const direct = await load(bare, {}, REQUESTS, 50);
      const alone = await load(plane.url, headers, ALONE, 1);
      const aloneBare = await load(bare, {}, ALONE, 1);
      const added = alone.median - aloneBare.median;
      return [
        { name: 'bare server', value: Math.round(direct.rate), unit: 'req/s' },
        {
          name: 'through the ingress',
          value: Math.round(through.rate),
          unit: 'req/s',
          bar: '≥ 10,000',
          ok: through.rate >= 10_000,
        },
        { name: 'share of the bare rate', value: round(through.rate / direct.rate), unit: '×' },
        {
          name: "the plane's CPU for each",
          value: Math.round(cpu),
          unit: 'µs',
          bar: '≤ 120',
          ok: cpu <= 120,
        },
        {
          name: 'added to the median, one at a time',
          value: round(added),
          unit: 'ms',
          bar: '< 0.5',
          ok: added < 0.5,
        },
      ];
    } finally {
      await plane.stop();
    }
  } finally {
    server.kill();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The load comes from a process of its own. */
async function load(
  url: string,
  headers: Record<string, string>,
  count: number,
  atOnce: number,
): Promise<{ rate: number; median: number }> {
  const child = spawn(process.execPath, ['-e', CLIENT, JSON.stringify([url, headers, count, atOnce])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(text);
}
