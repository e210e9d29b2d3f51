import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PullResult } from '../registry/index.js';
import { StartFailure } from '../runtime/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { bringUp } from './bring-up.js';
import { appContainer, type StartFixture, startFixture } from './instance/testing-requests.js';
import type { Container, Probe, RevisionRecord, Template } from './model.js';
import { Pools } from './pool/index.js';
import { testRevision } from './pool/testing-pool.js';
import { defaultContainer } from './template.js';

const IMAGE = 'us-docker.pkg.dev/p/r/i:latest';
const PULLED: PullResult = {
  ok: true,
  image: {
    digest: 'sha256:1',
    manifestDigest: 'sha256:1',
    config: { config: { Cmd: ['/app'] } },
    layers: [],
  },
};
const SECRET = [{ name: 'A', secret: { name: 'a', version: 'latest' } }];
const LOGS =
  'Logs for this revision might contain more information.\n\nLogs URL: https://console.cloud.google.com/logs/viewer?project=p&';

let store: Store;
let pools: Pools;
let fixture: StartFixture;

beforeEach(() => {
  store = openSqlite(':memory:');
});
afterEach(async () => {
  await pools.close();
  await store.close();
});

const app = (change: Partial<Container> = {}) => appContainer({ image: IMAGE, ...change });

/** Brings up a revision with these containers. @param secrets those that may be read, by `secret/version` */
async function up(
  containers: readonly Container[],
  template: Partial<Template> = {},
  secrets: Readonly<Record<string, string>> = {},
): Promise<RevisionRecord> {
  const { executor } = fixture;
  fixture = { ...startFixture(secrets), executor };
  const instances = { ...fixture.deps, executor: async () => executor };
  const onError = (error: unknown) => {
    throw error;
  };
  pools = new Pools({ store, instances, onError });
  const deps = {
    puller: { pull: async () => PULLED },
    platform: 'linux/amd64',
    clock: () => new Date(0),
    secrets: fixture.deps.secrets,
    pool: pools.of.bind(pools),
  };
  const revision = { ...testRevision({ containers, ...template }), state: 'pending' } as const;
  return bringUp(revision, deps, new AbortController().signal);
}

const condition = ({ conditions }: RevisionRecord, wanted: string) =>
  conditions.find(({ type }) => type === wanted);

beforeEach(() => {
  fixture = startFixture();
});

describe('a revision that comes up', () => {
  it('is ready once its containers are healthy', async () => {
    const revision = await up([app()]);
    expect(revision.state).toBe('ready');
    expect(revision.imported?.app?.digest).toBe('us-docker.pkg.dev/p/r/i@sha256:1');
    expect(condition(revision, 'Ready')?.status).toBe('True');
    expect(condition(revision, 'ContainerHealthy')?.message).toMatch(/^Containers became healthy in \d/);
    expect(fixture.notes[0]).toMatch(/^INFO Starting new instance. Reason: DEPLOYMENT_ROLLOUT - /);
  });

  it('has the images of all its containers', async () => {
    const revision = await up([app(), defaultContainer('sidecar', IMAGE)]);
    expect(Object.keys(revision.imported ?? {})).toEqual(['app', 'sidecar']);
    expect(fixture.executor.sandboxes[0]?.containers).toHaveLength(2);
  });

  it('starts nothing where its health is not checked', async () => {
    const revision = await up([app()], { healthCheckDisabled: true });
    expect(revision.state).toBe('ready');
    expect(condition(revision, 'ContainerHealthy')?.reason).toBe('HealthCheckSkipped');
    expect(fixture.executor.sandboxes).toEqual([]);
  });

  it('reads its secrets', async () => {
    expect((await up([app({ env: SECRET })], {}, { 'a/latest': 'x' })).state).toBe('ready');
    expect(fixture.executor.sandboxes[0]?.container('app').spec.env.A).toBe('x');
  });
});

describe('a revision that fails', () => {
  it('for its secrets says so of each, before anything starts', async () => {
    const env = [...SECRET, { name: 'B', secret: { name: 'projects/q/secrets/b', version: '3' } }];
    const revision = await up([app({ env })]);
    const at = 'spec.template.spec.containers[0].env';
    const message = `${at}[0].value_from.secret_key_ref.name: Secret projects/1/secrets/a/versions/latest was not found ${at}[1].value_from.secret_key_ref.name: Secret projects/q/secrets/b/versions/3 was not found`;
    expect(revision.error).toEqual({ code: 9, message });
    expect(condition(revision, 'ResourcesAvailable')).toMatchObject({
      status: 'False',
      reason: 'SecretsAccessCheckFailed',
      message,
    });
    expect(fixture.executor.sandboxes).toEqual([]);
  });

  it('for its port names the port', async () => {
    fixture.executor.onStart = (container, sandbox) => {
      sandbox.deaf = 'all';
      container.end(1);
    };
    const revision = await up([app()]);
    expect(revision.error?.code).toBe(9);
    expect(revision.error?.message).toContain('listen on the port defined provided by the PORT=8080');
    expect(revision.error?.message).toContain(LOGS);
    expect(condition(revision, 'ContainerHealthy')?.reason).toBe('HealthCheckContainerError');
    expect(condition(revision, 'ResourcesAvailable')?.message).toContain(
      'This will wait for up to 4m for the configured startup probe, including an initial delay of 0s.',
    );
  });

  const probe: Probe = {
    initialDelaySeconds: 0,
    timeoutSeconds: 0.01,
    periodSeconds: 0.01,
    failureThreshold: 1,
    check: { kind: 'tcp', port: 9000 },
  };

  it('for its own startup probe says so', async () => {
    fixture.executor.onOpen = (sandbox) => {
      sandbox.deaf = new Set([9000]);
    };
    const revision = await up([app({ startupProbe: probe })]);
    expect(revision.error?.message).toContain(
      `The user-provided container failed the configured startup probe checks. ${LOGS}`,
    );
  });

  it.each([
    [{ startupProbe: probe }, 'failed the configured startup probe checks.'],
    [{}, 'ended before the instance had started.'],
  ])('for a sidecar names it', async (change, what) => {
    fixture.executor.onStart = (container, sandbox) => {
      sandbox.deaf = 'all';
      if (container.name === 'sidecar' && !('startupProbe' in change)) container.end(1);
    };
    const revision = await up([app(), { ...defaultContainer('sidecar', IMAGE), ...change }]);
    expect(revision.error?.message).toContain(`The user-provided container "sidecar" ${what} ${LOGS}`);
    expect(fixture.executor.running).toEqual([]);
  });

  it('for what cannot be started leaves nothing', async () => {
    fixture.executor.onStart = () => {
      throw new StartFailure('no such command: /app');
    };
    expect((await up([app()])).state).toBe('failed');
    expect(fixture.executor.running).toEqual([]);
  });
});
