import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type InstanceEvents, instanceRegistry } from '../instance/index.js';
import { defaultContainer } from '../template.js';
import { TestExecutor } from '../testing-executor.js';
import { Fleet, type Runnable } from './fleet.js';

const image = { digest: 'x@sha256:0', config: { config: {} }, layers: [] };

const revision = (name: string): Runnable => ({
  project: 'p',
  location: 'l',
  name,
  projectNumber: '1',
  workerPool: 'pool',
  uid: name,
  generation: 1,
  createTime: '2026-01-01T00:00:00.000Z',
  creator: '',
  template: {
    labels: {},
    annotations: {},
    client: { name: '', version: '' },
    serviceAccount: 'a@b.iam.gserviceaccount.com',
    containers: [defaultContainer('pool-1', 'x')],
    volumes: [],
  },
  launchStage: 'GA',
  state: 'ready',
  conditions: [],
  imported: { 'pool-1': image },
});

const NOBODY = new Set<string>();
const SOON = { timeout: 5000, interval: 5 };

describe('a fleet', () => {
  let executor: TestExecutor;
  let fleet: Fleet;
  let said: string[];

  beforeEach(() => {
    executor = new TestExecutor();
    said = [];
    const events: InstanceEvents = {
      output: () => undefined,
      system: (_owner, _id, _severity, text) => void said.push(text),
    };
    fleet = new Fleet(
      {
        executor: async () => executor,
        openBlob: () => () => {
          throw new Error('the image has no layers');
        },
        events,
        secrets: { access: async () => ({ ok: false, cause: 'missing' }) },
        clock: () => new Date(),
        registry: instanceRegistry(),
      },
      (error) => {
        throw error;
      },
    );
  });
  afterEach(() => fleet.close());

  /** The revisions of the instances that run. */
  const running = () =>
    executor.running
      .filter(({ containers }) => containers.length > 0)
      .map(({ id }) => id.slice(0, -9))
      .sort();
  const runs = (...names: string[]) => vi.waitFor(() => expect(running()).toEqual(names), SOON);

  it('runs as many instances of each revision as it is told to, with their environment', async () => {
    fleet.want(
      [
        { revision: revision('a'), count: 2 },
        { revision: revision('b'), count: 1 },
      ],
      NOBODY,
    );
    await runs('a', 'a', 'b');
    const env = executor.running.map(({ containers: [container] }) => container?.spec.env);
    expect(env).toContainEqual({ CLOUD_RUN_WORKER_POOL: 'pool', CLOUD_RUN_WORKER_POOL_REVISION: 'b' });
    expect(said[0]).toMatch(/^Starting new instance\. Reason: MANUAL_OR_CUSTOMER_MIN_INSTANCE/);
    fleet.want([], NOBODY);
    await runs();
  });

  it('stops old instances only as new ones have come up', async () => {
    fleet.want([{ revision: revision('old'), count: 2 }], NOBODY);
    await runs('old', 'old');
    let fewest = 2;
    executor.onStart = () => {
      fewest = Math.min(fewest, running().length);
    };
    fleet.want([{ revision: revision('new'), count: 2 }], NOBODY);
    await runs('new', 'new');
    expect(fewest).toBe(2);
    expect(executor.sandboxes.flatMap(({ containers }) => containers.map(({ stopped }) => stopped))).toEqual([
      10_000,
      10_000,
      undefined,
      undefined,
    ]);
  });

  it('keeps the old instances while new ones do not come up', async () => {
    fleet.want([{ revision: revision('old'), count: 1 }], NOBODY);
    await runs('old');
    let attempts = 0;
    executor.onStart = (container) => {
      attempts += 1;
      container.end(1);
    };
    fleet.want([{ revision: revision('new'), count: 1 }], NOBODY);
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(1), SOON);
    expect(running().filter((name) => name === 'old')).toEqual(['old']);
  });

  it('starts again what has died', async () => {
    fleet.want([{ revision: revision('a'), count: 1 }], NOBODY);
    await runs('a');
    executor.sandboxes[0]?.containers[0]?.end(1);
    await vi.waitFor(() => expect(executor.sandboxes).toHaveLength(2), SOON);
    await runs('a');
    expect(said).toContain('Container called exit(1).');
  });

  it('keeps the first instance of a revision that is coming up, and counts it in afterwards', async () => {
    await fleet.first(revision('new'), new AbortController().signal);
    fleet.want([], new Set(['new']));
    expect(running()).toEqual(['new']);
    fleet.want([{ revision: revision('new'), count: 1 }], NOBODY);
    await runs('new');
    expect(executor.sandboxes).toHaveLength(1);
  });

  it('starts nothing any longer once it is closed', async () => {
    fleet.want([{ revision: revision('a'), count: 3 }], NOBODY);
    await fleet.close();
    expect(running()).toEqual([]);
    await expect(fleet.first(revision('a'), new AbortController().signal)).rejects.toThrow('gone');
  });
});
