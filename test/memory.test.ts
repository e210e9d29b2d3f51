/** Calls of every kind, many times over: what they needed is given back. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlane, type TestPlane } from '../src/testing/index.js';

const P = 'memory';
const REGION = 'asia-northeast1';
const CALLS = 10_000;
/** What a call may leave behind on average: less than any object that one could forget, more than compiled code varies. */
const BYTES_PER_CALL = 200;

/** The collector itself: only what is still reachable counts. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('there is no collector to call');
  for (let round = 0; round < 3; round += 1) collect();
  return process.memoryUsage().heapUsed;
}

describe('a plane', () => {
  let plane: TestPlane;
  let token: string;
  const agent = new Agent({ connections: 8 });

  beforeAll(async () => {
    plane = await startPlane({ runtime: 'none' });
    token = await plane.token('user:owner@example.com');
  });
  afterAll(async () => {
    await agent.close();
    await plane.stop();
  });

  const call = async (method: 'GET' | 'POST' | 'DELETE' | 'PUT', target: string, body?: unknown) => {
    const answer = await request(`${plane.url}/${target}`, {
      method,
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, text };
  };
  const expectOk = async (...args: Parameters<typeof call>) => {
    const { status, text } = await call(...args);
    expect(status, text).toBe(200);
    return text;
  };

  const accounts = `iam.googleapis.com/v1/projects/${P}/serviceAccounts`;
  const repositories = `artifactregistry.googleapis.com/v1/projects/${P}/locations/${REGION}/repositories`;
  const services = `${REGION}-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/${P}/services`;

  /** What clients do all day: reads, refusals, writes that are taken back, tokens, the registry, the log. */
  const mixed: readonly ((turn: number) => Promise<unknown>)[] = [
    () => expectOk('GET', `cloudresourcemanager.googleapis.com/v1/projects/${P}`),
    () => expectOk('POST', `cloudresourcemanager.googleapis.com/v1/projects/${P}:getIamPolicy`, {}),
    () =>
      expectOk('POST', `cloudresourcemanager.googleapis.com/v1/projects/${P}:testIamPermissions`, {
        permissions: ['run.services.create'],
      }),
    () => expectOk('GET', services),
    () => expectOk('GET', repositories),
    () => call('GET', `${services}/absent`),
    () => call('GET', `${services}/absent?unknown=field`),
    () => call('GET', `cloudresourcemanager.googleapis.com/v1/projects/nobodys`),
    async (turn) => {
      const email = `turn-${turn}@${P}.iam.gserviceaccount.com`;
      await expectOk('POST', accounts, { accountId: `turn-${turn}` });
      await expectOk('DELETE', `${accounts}/${email}`);
    },
    async () => {
      const policy = JSON.parse(
        await expectOk('POST', `cloudresourcemanager.googleapis.com/v1/projects/${P}:getIamPolicy`, {}),
      );
      await expectOk('POST', `cloudresourcemanager.googleapis.com/v1/projects/${P}:setIamPolicy`, { policy });
    },
    () => call('POST', 'oauth2.googleapis.com/token', { grant_type: 'none' }),
    () => call('GET', `${REGION}-docker.pkg.dev/v2/${P}/repo/absent/manifests/latest`),
    () =>
      expectOk('POST', 'logging.googleapis.com/v2/entries:list', {
        resourceNames: [`projects/${P}`],
        filter: 'severity>=ERROR',
        pageSize: 1,
      }),
    () => call('GET', 'absent-1.asia-northeast1.run.app/'),
  ];

  async function turns(from: number, to: number): Promise<void> {
    let next = from;
    const worker = async () => {
      for (let turn = next++; turn < to; turn = next++) await mixed[turn % mixed.length]?.(turn);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  }

  it(`holds no more memory after ${CALLS} mixed calls than before them`, { timeout: 240_000 }, async () => {
    await expectOk('POST', 'cloudresourcemanager.googleapis.com/v1/projects', { projectId: P });
    await expectOk('POST', `serviceusage.googleapis.com/v1/projects/${P}/services:batchEnable`, {
      serviceIds: ['run.googleapis.com', 'artifactregistry.googleapis.com'],
    });
    // What is loaded, compiled and cached once is there after these.
    await turns(0, 3_000);
    const before = liveBytes();
    await turns(3_000, 3_000 + CALLS);
    expect((liveBytes() - before) / CALLS).toBeLessThan(BYTES_PER_CALL);
  });
});
