/** The plane as a whole: start-up, memory, a deploy and a cold start, the last two beside bare crun in the same run. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { principalOfEmail } from '../src/names/index.js';
import { type Plane, startPlane } from '../src/plane/index.js';
import { type BuiltImage, nodeServerImage, pushImage } from '../src/registry/index.js';
import { coldStart, unpack } from './bare-crun.js';
import { get } from './http.js';
import type { BenchResult } from './result.js';

const ROUNDS = 5;
const PROJECT = 'bench-project';
const REGION = 'us-central1';
const SERVER = `
import http from 'node:http';
const id = Math.random().toString(36).slice(2);
http.createServer((_, response) => response.end(id)).listen(Number(process.env.PORT));
`;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const round = (value: number) => Math.round(value * 10) / 10;

/** Runs the benchmark; about a minute. Needs root and crun. */
export async function run(): Promise<BenchResult[]> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'sekisho-bench-'));
  try {
    const image = await nodeServerImage({ script: SERVER, cacheDir: path.join(scratch, 'cache') });
    return [...(await startUp(scratch)), ...(await deployAndColdStart(scratch, image))];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** `sekisho start` on an existing data directory: the time to its ready line, and its memory when idle. */
async function startUp(scratch: string): Promise<BenchResult[]> {
  const data = path.join(scratch, 'start-up');
  const bin = path.resolve('bin/sekisho.js');
  const times: number[] = [];
  let rss = 0;
  for (let turn = 0; turn <= ROUNDS; turn++) {
    const started = performance.now();
    const child = spawn(process.execPath, [bin, 'start', '--data', data, '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('close', () => reject(new Error('sekisho start ended')));
    });
    // The first start makes the directory, its keys and its CA: it is not an existing one yet.
    if (turn > 0) times.push(performance.now() - started);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await closed;
  }
  const ready = median(times);
  return [
    {
      name: 'start on an existing data directory to the ready line',
      value: round(ready),
      unit: 'ms',
      bar: '< 400',
      ok: ready < 400,
    },
    { name: 'resident memory when ready', value: round(rss), unit: 'MB', bar: '< 120', ok: rss < 120 },
  ];
}

async function deployAndColdStart(scratch: string, image: BuiltImage): Promise<BenchResult[]> {
  const config: Buffer[] = [];
  for await (const piece of image.config.open()) config.push(Buffer.from(piece));
  const command = JSON.parse(Buffer.concat(config).toString()).config;
  const args = [...(command.Entrypoint ?? []), ...(command.Cmd ?? [])];
  const unpacks: number[] = [];
  const bare: number[] = [];
  const deploys: number[] = [];
  const colds: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    const dir = path.join(scratch, `bare-${turn}`);
    unpacks.push(await unpack(image, path.join(dir, 'rootfs')));
    bare.push(await coldStart(dir, args, `sekisho-bench-${process.pid}-${turn}`));
    bare.push(await coldStart(dir, args, `sekisho-bench-${process.pid}-${turn}-again`));
    const plane = await startPlane({ dataDir: path.join(scratch, `plane-${turn}`), port: 0, idleMs: 40 });
    try {
      const client = await setUp(plane, image);
      deploys.push(await client.deploy());
      colds.push(...(await client.coldStarts(4)));
    } finally {
      await plane.stop();
    }
  }
  const limitDeploy = 1.5 * (median(unpacks) + median(bare)) + 30;
  const limitCold = 1.3 * median(bare) + 5;
  const [deploy, cold] = [median(deploys), median(colds)];
  return [
    { name: 'bare: unpack once with tar', value: round(median(unpacks)), unit: 'ms' },
    { name: 'bare: crun run to the first answer', value: round(median(bare)), unit: 'ms' },
    {
      name: 'deploy call to Ready, image in the registry',
      value: round(deploy),
      unit: 'ms',
      bar: `≤ ${round(limitDeploy)} (1.5 × (unpack + bare) + 30)`,
      ok: deploy <= limitDeploy,
    },
    {
      name: 'cold start from zero through the ingress',
      value: round(cold),
      unit: 'ms',
      bar: `≤ ${round(limitCold)} (1.3 × bare + 5)`,
      ok: cold <= limitCold,
    },
  ];
}

/** The calls of one plane, as its owner. */
export async function setUp(plane: Plane, image: BuiltImage) {
  const admin = async (call: string, body: object) =>
    (await post(`${plane.url}/sekisho.internal/v1/${call}`, body, plane.secret)) as { token: string };
  const owner = principalOfEmail('owner@example.com').email;
  const { token } = await admin('token', { as: owner });
  const call = (target: string, body: object) => post(`${plane.url}/${target}`, body, token);
  await call('cloudresourcemanager.googleapis.com/v1/projects', { projectId: PROJECT });
  for (const api of ['run', 'artifactregistry']) {
    await call(
      `serviceusage.googleapis.com/v1/projects/${PROJECT}/services/${api}.googleapis.com:enable`,
      {},
    );
  }
  await call(
    `artifactregistry.googleapis.com/v1/projects/${PROJECT}/locations/${REGION}/repositories?repositoryId=repo`,
    { format: 'DOCKER' },
  );
  const reference = `${REGION}-docker.pkg.dev/${PROJECT}/repo/app`;
  await pushImage({ registryUrl: plane.url, name: reference, tag: 'latest', token, image });
  const run = `${REGION}-run.googleapis.com`;
  let host = '';
  return {
    /** Where the service is after a deploy, as a Host header. */
    host: () => host,
    /** An ID token of the owner's for the service. */
    idToken: async () =>
      (await admin('token', { as: owner, audience: `https://${host.replace('.localhost', '')}` })).token,
    /** @param open without the check of who may invoke it */
    async deploy(open = true): Promise<number> {
      const started = performance.now();
      const service = (await call(`${run}/apis/serving.knative.dev/v1/namespaces/${PROJECT}/services`, {
        apiVersion: 'serving.knative.dev/v1',
        kind: 'Service',
        metadata: {
          name: 'bench',
          namespace: PROJECT,
          annotations: { 'run.googleapis.com/invoker-iam-disabled': String(open) },
        },
        spec: { template: { spec: { containers: [{ image: `${reference}:latest` }] } } },
      })) as { metadata: { annotations: Record<string, string> } };
      const operation = service.metadata.annotations['run.googleapis.com/operation-id'];
      const done = (await call(
        `${run}/v1/projects/${PROJECT}/locations/${REGION}/operations/${operation}:wait`,
        { timeout: '30s' },
      )) as {
        done: boolean;
        response: { status: { conditions: { status: string; message?: string }[] } };
      };
      const took = performance.now() - started;
      const ready = done.response.status.conditions[0];
      if (ready?.status !== 'True') throw new Error(`the deploy failed: ${ready?.message}`);
      const urls = JSON.parse(service.metadata.annotations['run.googleapis.com/urls'] ?? '[]') as string[];
      host = `${new URL(urls[0] ?? '').host}.localhost`;
      return took;
    },
    /** Requests to a service that has gone idle; one that the same instance answers was not cold. */
    async coldStarts(count: number): Promise<number[]> {
      const times: number[] = [];
      let last = (await get(plane.url, { host })).body;
      while (times.length < count) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        const started = performance.now();
        const { status, body } = await get(plane.url, { host });
        const took = performance.now() - started;
        if (status !== 200) throw new Error(`the service answered ${status}: ${body}`);
        if (body !== last) times.push(took);
        last = body;
      }
      return times;
    },
  };
}

async function post(url: string, body: object, token: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}
