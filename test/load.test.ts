/** More requests than a service has room for: all are answered, and nothing is left of them. */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  appProject,
  deployed,
  logged,
  onService,
  pushDirect,
  urlOf,
  type Wanted,
} from './support/deploys.js';
import { NAMING_SERVER, shellImage } from './support/images.js';
import { TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { files, held, openFiles, SOON } from './support/traces.js';
import { OWNER } from './support/world.js';

const P = 'load-test';
/** Deployed without an instance, so that the first requests find none. */
const UNCHECKED = { 'run.googleapis.com/health-check-disabled': 'true' };

describe.runIf(canRun('crun'))('a service that has no instance', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  const agent = new http.Agent({ keepAlive: true });

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = (await appProject(rest, P)).replace(/app$/, 'shell');
    await pushDirect(rest, OWNER, await shellImage(NAMING_SERVER), `${image}:good`);
    await pushDirect(
      rest,
      OWNER,
      await shellImage("trap 'exit 0' TERM; sleep 100000 & wait"),
      `${image}:deaf`,
    );
  });
  afterAll(async () => {
    agent.destroy();
    await plane.dispose();
  });

  /** Deploys for everybody. @returns the service's host */
  async function deploying(change: Partial<Wanted> & { readonly name: string }): Promise<string> {
    const { service, ready, message } = await deployed(rest, { project: P, image, ...change });
    expect({ ready, message }).toEqual({ ready: true, message: undefined });
    await grant(plane, onService(P, change.name), 'allUsers', 'roles/run.invoker');
    return new URL(urlOf(service)).host;
  }

  const status = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { host: `${host}.localhost:${plane.port}` };
      http
        .get({ host: '127.0.0.1', port: plane.port, headers, agent }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0));
        })
        .once('error', reject);
    });

  /** How often each status was the answer to so many requests, `atOnce` of them under way at any time. */
  async function asked(host: string, count: number, atOnce: number): Promise<Record<number, number>> {
    const counts: Record<number, number> = {};
    let left = count;
    const one = async () => {
      while (left > 0) {
        left -= 1;
        const answer = await status(host);
        counts[answer] = (counts[answer] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    return counts;
  }

  it('answers two thousand requests at once, one at a time on each of at most twenty instances', async () => {
    const host = await deploying({
      name: 'single',
      image: `${image}:good`,
      template: { annotations: { ...UNCHECKED, 'autoscaling.knative.dev/maxScale': '20' } },
      spec: { containerConcurrency: 1 },
    });
    expect(await asked(host, 2000, 2000)).toEqual({ 200: 2000 });
    const starts = await logged(
      rest,
      P,
      'resource.labels.service_name="single" AND textPayload:"Starting new instance"',
    );
    expect(starts.length).toBeGreaterThan(1);
    expect(starts.length).toBeLessThanOrEqual(20);
  });

  it('and gets none answers ten thousand requests with an error, and leaves nothing behind', async () => {
    const startupProbe = {
      tcpSocket: { port: 8080 },
      timeoutSeconds: 1,
      periodSeconds: 1,
      failureThreshold: 1,
    };
    const host = await deploying({
      name: 'deaf',
      image: `${image}:deaf`,
      container: { startupProbe },
      template: { annotations: UNCHECKED },
    });
    // The first makes what every service has.
    expect(await status(host)).toBe(503);
    agent.destroy();
    const stock = () => ({ held: held(plane), files: files(plane) });
    const before = stock();
    const open = openFiles(plane);
    const counts = await asked(host, 10_000, 500);
    // Those that have waited in vain for as long as a request waits are told so.
    const { 503: failed = 0, 429: waited = 0, ...others } = counts;
    expect([failed + waited, others]).toEqual([10_000, {}]);
    agent.destroy();
    await vi.waitFor(() => {
      expect(stock()).toEqual(before);
      // Fewer: connections to the other service's instances were still kept.
      expect(openFiles(plane)).toBeLessThanOrEqual(open);
    }, SOON);
  });
});
