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
import { load } from './load.js';
import { setUp } from './plane.js';
import type { BenchResult } from './result.js';

const SERVER = `
import http from 'node:http';
const server = http.createServer((_, response) => response.end('hello'));
server.keepAliveTimeout = 60000;
server.listen(Number(process.env.PORT), () => console.log(server.address().port));
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
      await load({ url: plane.url, headers, count: WARM_UP, atOnce: 50 });
      const before = process.cpuUsage();
      const through = await load({ url: plane.url, headers, count: REQUESTS, atOnce: 50 });
      const { user, system } = process.cpuUsage(before);
      const cpu = (user + system) / REQUESTS;
      const direct = await load({ url: bare, headers: {}, count: REQUESTS, atOnce: 50 });
      const alone = await load({ url: plane.url, headers, count: ALONE, atOnce: 1 });
      const aloneBare = await load({ url: bare, headers: {}, count: ALONE, atOnce: 1 });
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
