/** How many instances services have: under load, by hand, and what becomes of those that are not healthy. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { appProject, deployed, logged, onService, urlOf, type Wanted } from './support/deploys.js';
import { TestPlane } from './support/plane.js';
import { grant } from './support/policies.js';
import { Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { visit } from './support/visit.js';

const P = 'scaling';

describe.runIf(canRun('crun'))('a service', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    image = `${await appProject(rest, P)}:latest`;
  });
  afterAll(() => plane.dispose());

  /** Deploys for everybody. @returns the service's URL */
  async function deploying(change: Partial<Wanted> & { readonly name: string }): Promise<string> {
    const { service, ready, message } = await deployed(rest, { project: P, image, ...change });
    expect({ ready, message }).toEqual({ ready: true, message: undefined });
    await grant(plane, onService(P, change.name), 'allUsers', 'roles/run.invoker');
    return urlOf(service);
  }

  /** The system's notes on a service's instances that begin so. */
  const notes = (service: string, beginning: string) =>
    logged(
      rest,
      P,
      `resource.labels.service_name="${service}" AND logName:"varlog" AND textPayload:"${beginning}"`,
    );
  const starts = async (service: string) => (await notes(service, 'Starting new instance')).length;

  it('answers two thousand requests at once from zero, with no more instances than they need', async () => {
    const unchecked = { 'run.googleapis.com/health-check-disabled': 'true' };
    const url = await deploying({ name: 'load', template: { annotations: unchecked } });
    expect(await starts('load')).toBe(0);
    const pages = await Promise.all(
      Array.from({ length: 2000 }, () => visit(plane, `${url}/slow?ms=1000`).catch((error: Error) => error)),
    );
    const answers = new Set(pages.map((page) => (page instanceof Error ? page.message : page.status)));
    expect([...answers]).toEqual([200]);
    const count = await vi.waitFor(async () => {
      const started = await starts('load');
      expect(started).toBeGreaterThan(1);
      return started;
    }, SOON);
    expect(count).toBeLessThanOrEqual(2000 / 80);
  });

  it('has as many instances as it is told by hand, none among them', async () => {
    const manual = (count: number) => ({
      annotations: {
        'run.googleapis.com/scalingMode': 'manual',
        'run.googleapis.com/manualInstanceCount': String(count),
      },
    });
    const template = { name: 'manual-one', labels: {} };
    const url = await deploying({ name: 'manual', template, metadata: manual(2) });
    await vi.waitFor(async () => expect(await starts('manual')).toBe(2), SOON);
    // One that still starts when there is to be none would be taken for the next that is wanted.
    const up = () => notes('manual', 'Default STARTUP TCP probe succeeded');
    await vi.waitFor(async () => expect(await up()).toHaveLength(2), SOON);
    expect((await visit(plane, url)).status).toBe(200);
    await deploying({ name: 'manual', template, metadata: manual(0) });
    await vi.waitFor(async () => expect((await visit(plane, url)).status).toBe(503), SOON);
    await deploying({ name: 'manual', template, metadata: manual(1) });
    await vi.waitFor(async () => expect((await visit(plane, url)).status).toBe(200), SOON);
    await vi.waitFor(async () => expect(await starts('manual')).toBe(3), SOON);
  });

  it('keeps its minimum of instances, also when one dies', async () => {
    const template = { annotations: { 'autoscaling.knative.dev/minScale': '2' } };
    const url = await deploying({ name: 'minimum', template });
    await vi.waitFor(async () => expect(await starts('minimum')).toBe(2), SOON);
    await visit(plane, `${url}/die`);
    await vi.waitFor(async () => expect(await starts('minimum')).toBe(3), SOON);
    expect(await notes('minimum', 'Container called exit(7).')).toHaveLength(1);
    expect((await visit(plane, url)).status).toBe(200);
  });

  it('has an instance killed whose liveness probe fails', async () => {
    const livenessProbe = {
      httpGet: { path: '/status?code=500', port: 8080 },
      periodSeconds: 1,
      failureThreshold: 1,
    };
    const url = await deploying({ name: 'sick', container: { livenessProbe } });
    const failed =
      'LIVENESS HTTP probe failed 1 time consecutively for container \\"sick-1\\" on port 8080 path \\"/status?code=500\\". The instance has been shut down.';
    await vi.waitFor(async () => expect(await notes('sick', failed)).not.toEqual([]), SOON);
    // Nobody is told that an instance has ended, but the next request starts another.
    await vi.waitFor(async () => {
      await visit(plane, url);
      expect(await starts('sick')).toBeGreaterThan(1);
    }, SOON);
  });

  it('starts after its sidecar, whose lines carry its name, and stops with it', async () => {
    const sidecar = {
      name: 'sidecar',
      image,
      env: [{ name: 'MODE', value: 'elsewhere' }],
      startupProbe: { tcpSocket: { port: 9999 }, periodSeconds: 1, failureThreshold: 30 },
    };
    const app = {
      name: 'app',
      image,
      ports: [{ containerPort: 8080 }],
    };
    const template = {
      annotations: { 'run.googleapis.com/container-dependencies': JSON.stringify({ app: ['sidecar'] }) },
    };
    const url = await deploying({ name: 'pair', spec: { containers: [app, sidecar] }, template });
    expect((await visit(plane, url)).text).toMatch(/^Hello from pair pair-/);
    const lines = await logged(
      rest,
      P,
      'resource.labels.service_name="pair" AND labels.container_name="sidecar" AND textPayload="listening on 9999"',
    );
    expect(lines).toHaveLength(1);
    const broken = { ...sidecar, env: [{ name: 'MODE', value: 'exit' }] };
    const worse = await deployed(rest, {
      project: P,
      image,
      name: 'pair',
      spec: { containers: [app, broken] },
      template,
    });
    expect(worse.ready).toBe(false);
    expect(worse.message).toContain(
      'The user-provided container "sidecar" failed the configured startup probe checks.',
    );
    expect((await visit(plane, url)).status).toBe(200);
  });
});
