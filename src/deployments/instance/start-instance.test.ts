import { describe, expect, it, vi } from 'vitest';
import { StartFailure } from '../../runtime/index.js';
import type { Probe } from '../model.js';
import { defaultContainer } from '../template.js';
import { startInstance } from './start-instance.js';
import { appContainer, requestOf, startFixture } from './testing-requests.js';

const never = new AbortController().signal;

/** One attempt on a port, which fails at once when nothing listens. */
const tcp = (port: number): Probe => ({
  initialDelaySeconds: 0,
  timeoutSeconds: 0.01,
  periodSeconds: 0.01,
  failureThreshold: 1,
  check: { kind: 'tcp', port },
});

describe('an instance', () => {
  it('starts its container with its environment, and says so', async () => {
    const { executor, deps, notes } = startFixture({ 'greeting/2': 'hello' });
    const env = [
      { name: 'PLAIN', value: 'x' },
      { name: 'K_SERVICE', value: 'mine' },
      { name: 'SECRET', secret: { name: 'greeting', version: '2' } },
    ];
    const running = await startInstance(requestOf([appContainer({ env })]), deps, never);
    expect(running.id).toBe('web-1');
    expect(executor.sandboxes[0]?.container('app').spec.env).toEqual({
      PLAIN: 'x',
      SECRET: 'hello',
      K_SERVICE: 'web',
    });
    expect(notes).toEqual([
      'INFO Starting new instance. Reason: a test',
      'INFO Default STARTUP TCP probe succeeded after 1 attempt for container "app" on port 8080.',
    ]);
  });

  it('is known to the metadata server while it runs', async () => {
    const { deps } = startFixture();
    const running = await startInstance(requestOf([appContainer()]), deps, never);
    expect(deps.registry.get('web-1')?.serviceAccount).toBe('sa@example.com');
    await running.stop(0);
    expect(deps.registry.get('web-1')).toBeUndefined();
  });

  it('has secrets as files, each with its mode, and memory', async () => {
    const { executor, deps } = startFixture({ 'key/latest': 'k', 'key/1': 'old' });
    const request = requestOf([
      appContainer({ volumeMounts: [{ name: 'keys', mountPath: '/keys', subPath: 'a' }] }),
    ]);
    const volumes = [
      { kind: 'secret', name: 'keys', secret: 'projects/other/secrets/key', items: [] },
      {
        kind: 'secret',
        name: 'old',
        secret: 'key',
        defaultMode: 0o400,
        items: [
          { path: 'a/b', version: '1' },
          { path: 'c', version: '1', mode: 0o440 },
        ],
      },
      { kind: 'memory', name: 'scratch', sizeLimit: '1Mi' },
    ] as const;
    await startInstance({ ...request, template: { ...request.template, volumes } }, deps, never);
    const contents = Buffer.from('old');
    expect(executor.sandboxes[0]?.spec.volumes).toEqual([
      { name: 'keys', kind: 'files', files: [{ path: 'key', mode: 0o444, contents: Buffer.from('k') }] },
      {
        name: 'old',
        kind: 'files',
        files: [
          { path: 'a/b', mode: 0o400, contents },
          { path: 'c', mode: 0o440, contents },
        ],
      },
      { name: 'scratch', kind: 'memory', sizeBytes: 2 ** 20 },
    ]);
    expect(executor.sandboxes[0]?.container('app').spec.mounts).toEqual([
      { volume: 'keys', path: '/keys', subPath: 'a' },
    ]);
  });

  it('trusts the plane, by variables that neither image nor template have set, where it reaches the plane', async () => {
    const trust = async () => ({
      ...{ directory: '/run/ca', file: 'ca.pem', certificates: 'PEM', variables: ['A', 'B', 'C'] },
    });
    const request = requestOf([appContainer({ env: [{ name: 'A', value: 'own' }] })]);
    const image = { layers: [], config: { config: { Env: ['B=own'] } } };
    const imported = { app: { ...request.imported.app, ...image } } as unknown as typeof request.imported;
    for (const name of ['oci', 'docker'] as const) {
      const { executor, deps } = startFixture();
      const named = Object.assign(Object.create(executor), { name });
      const executed = { ...deps, executor: async () => named, trust };
      await startInstance({ ...request, imported }, executed, never);
      const sandbox = executor.sandboxes[0];
      const spec = sandbox?.container('app').spec;
      const given = name === 'oci';
      expect(spec?.env.A).toBe('own');
      expect(spec?.env).not.toHaveProperty('B');
      expect(spec?.env.C).toBe(given ? '/run/ca/ca.pem' : undefined);
      expect(spec?.mounts.map(({ path }) => path)).toEqual(given ? ['/run/ca'] : []);
      const files = sandbox?.spec.volumes.flatMap((volume) => ('files' in volume ? volume.files : []));
      const file = { path: 'ca.pem', mode: 0o444, contents: Buffer.from('PEM') };
      expect(files).toEqual(given ? [file] : []);
    }
  });

  it.each([
    ['by its option', [], { SSL_CERT_FILE: '/run/ca/ca.pem', NODE_OPTIONS: '--use-openssl-ca' }],
    [
      'by a file where it has options of its own',
      [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=64' }],
      {
        SSL_CERT_FILE: '/run/ca/ca.pem',
        NODE_EXTRA_CA_CERTS: '/run/ca/ca.pem',
        NODE_OPTIONS: '--max-old-space-size=64',
      },
    ],
    [
      'by a file where it has certificates of its own',
      [{ name: 'SSL_CERT_FILE', value: '/own.pem' }],
      { SSL_CERT_FILE: '/own.pem', NODE_EXTRA_CA_CERTS: '/run/ca/ca.pem' },
    ],
  ])('has Node.js trust the plane %s', async (_, env, expected) => {
    const variables = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'];
    const trust = async () => ({ directory: '/run/ca', file: 'ca.pem', certificates: 'PEM', variables });
    const { executor, deps } = startFixture();
    await startInstance(requestOf([appContainer({ env })]), { ...deps, trust }, never);
    const given = executor.sandboxes[0]?.container('app').spec.env ?? {};
    const told = Object.entries(given).filter(([name]) => [...variables, 'NODE_OPTIONS'].includes(name));
    expect(Object.fromEntries(told)).toEqual(expected);
  });

  it('does not start without its secrets, whose absence it tells', async () => {
    const { executor, deps, notes } = startFixture();
    const env = [{ name: 'A', secret: { name: 'a', version: 'latest' } }];
    const started = startInstance(requestOf([appContainer({ env })]), deps, never);
    await expect(started).rejects.toMatchObject({ outcome: { cause: 'secrets' } });
    expect(notes.at(-1)).toBe(
      'ERROR spec.template.spec.containers[0].env[0].value_from.secret_key_ref.name: Secret projects/1/secrets/a/versions/latest was not found',
    );
    expect(executor.sandboxes).toEqual([]);
  });

  it('does not start with a secret that no environment can hold', async () => {
    const { executor, deps } = startFixture({ 'a/1': 'x\0y' });
    const env = [{ name: 'A', secret: { name: 'a', version: '1' } }];
    const started = startInstance(requestOf([appContainer({ env })]), deps, never);
    await expect(started).rejects.toThrow('The secret of environment variable A contains a NUL byte');
    expect(executor.running).toEqual([]);
  });

  it('fails when its container ends before it listens', async () => {
    const { executor, deps, notes } = startFixture();
    executor.onStart = (container, sandbox) => {
      sandbox.deaf = 'all';
      container.end(3);
    };
    const started = startInstance(requestOf([appContainer()]), deps, never);
    await expect(started).rejects.toMatchObject({ outcome: { cause: 'exit', exit: { code: 3 } } });
    expect(notes.slice(1)).toEqual([
      'WARNING Container called exit(3).',
      'ERROR Default STARTUP TCP probe failed 1 time consecutively for container "app" on port 8080. The instance was not started. Connection failed with status CANCELLED.',
    ]);
    expect(executor.running).toEqual([]);
    expect(deps.registry.get('web-1')).toBeUndefined();
  });

  it('says that memory ran out, at the start too', async () => {
    const { executor, deps, notes } = startFixture();
    executor.onStart = (container, sandbox) => {
      sandbox.deaf = 'all';
      container.end(137, true);
    };
    await expect(startInstance(requestOf([appContainer()]), deps, never)).rejects.toThrow('exited (137)');
    expect(notes).toContain(
      'ERROR Memory limit of 512Mi exceeded. Consider increasing the memory limit, see https://cloud.google.com/run/docs/configuring/memory-limits',
    );
  });

  it('fails when nothing listens in time, and is stopped with the grace period', async () => {
    const { executor, deps, notes } = startFixture();
    executor.onOpen = (sandbox) => {
      sandbox.deaf = 'all';
    };
    const started = startInstance(requestOf([appContainer({ startupProbe: tcp(9000) })]), deps, never);
    await expect(started).rejects.toMatchObject({ outcome: { cause: 'probe', container: 'app' } });
    expect(executor.sandboxes[0]?.container('app').stopped).toBe(10_000);
    expect(notes.at(-1)).toBe(
      'ERROR STARTUP TCP probe failed 1 time consecutively for container "app" on port 9000. The instance was not started. Connection failed with status DEADLINE_EXCEEDED.',
    );
  });

  it('fails when a container cannot be started at all', async () => {
    const { executor, deps, notes } = startFixture();
    executor.onStart = () => {
      throw new StartFailure('no such command: /app');
    };
    const started = startInstance(requestOf([appContainer()]), deps, never);
    await expect(started).rejects.toMatchObject({ outcome: { cause: 'start' } });
    expect(notes.at(-1)).toBe('ERROR no such command: /app');
    expect(executor.running).toEqual([]);
  });

  it('is given up while it starts, and leaves nothing', async () => {
    const { executor, deps } = startFixture();
    const abort = new AbortController();
    executor.onOpen = (sandbox) => {
      sandbox.deaf = 'all';
    };
    executor.onStart = () => setImmediate(() => abort.abort());
    const started = startInstance(requestOf([appContainer()]), deps, abort.signal);
    await expect(started).rejects.toMatchObject({ outcome: { cause: 'stopped' } });
    expect(executor.running).toEqual([]);
  });

  it('ends when its container does, and says how', async () => {
    const { executor, deps, notes } = startFixture();
    const running = await startInstance(requestOf([appContainer()]), deps, never);
    executor.sandboxes[0]?.container('app').end(134);
    expect(await running.ended).toEqual({ container: 'app', exit: { code: 134, outOfMemory: false } });
    expect(notes.at(-1)).toBe('WARNING Container terminated on signal 6.');
    expect(executor.running).toEqual([]);
  });

  it('says nothing of an exit that was asked for', async () => {
    const { deps, notes } = startFixture();
    const running = await startInstance(requestOf([appContainer()]), deps, never);
    await running.stop(10_000);
    expect(notes.filter((note) => note.includes('Container'))).toEqual([]);
  });
});

describe('an instance with several containers', () => {
  const sidecar = { ...defaultContainer('sidecar', 'image'), startupProbe: tcp(9000) };

  it('starts each once those it depends on have passed their startup probes', async () => {
    const { executor, deps } = startFixture();
    const order: string[] = [];
    executor.onStart = ({ name }, sandbox) => {
      order.push(name);
      sandbox.deaf = new Set();
    };
    executor.onOpen = (sandbox) => {
      sandbox.deaf = 'all';
    };
    const app = appContainer({ dependsOn: ['sidecar'] });
    await startInstance(requestOf([app, { ...sidecar, dependsOn: [] }]), deps, never);
    expect(order).toEqual(['sidecar', 'app']);
  });

  it('does not start what depends on a container that fails', async () => {
    const { executor, deps } = startFixture();
    executor.onOpen = (sandbox) => {
      sandbox.deaf = new Set([9000]);
    };
    const app = appContainer({ dependsOn: ['sidecar'] });
    const started = startInstance(requestOf([app, sidecar]), deps, never);
    await expect(started).rejects.toMatchObject({ outcome: { cause: 'probe', container: 'sidecar' } });
    expect(executor.sandboxes[0]?.containers.map(({ name }) => name)).toEqual(['sidecar']);
    expect(executor.running).toEqual([]);
  });

  it('refuses containers that depend on each other', async () => {
    const { executor, deps } = startFixture();
    const app = appContainer({ dependsOn: ['sidecar'] });
    const started = startInstance(requestOf([app, { ...sidecar, dependsOn: ['app'] }]), deps, never);
    await expect(started).rejects.toThrow('depend on each other');
    expect(executor.running).toEqual([]);
  });

  it('names the container in what it writes', async () => {
    const { executor, deps, lines } = startFixture();
    await startInstance(requestOf([appContainer(), sidecar]), deps, never);
    executor.sandboxes[0]?.container('sidecar').spec.onOutput('stderr', 'hi');
    expect(lines).toEqual(['sidecar stderr hi']);
  });

  it('stops the others when one has ended', async () => {
    const { executor, deps } = startFixture();
    const running = await startInstance(requestOf([appContainer(), sidecar]), deps, never);
    executor.sandboxes[0]?.container('sidecar').end(0);
    expect((await running.ended).container).toBe('sidecar');
    expect(executor.sandboxes[0]?.container('app').stopped).toBe(10_000);
  });

  it('of a job goes on until all have succeeded', async () => {
    const { executor, deps } = startFixture();
    const owner = {
      kind: 'job',
      project: 'p',
      location: 'us-central1',
      job: 'j',
      execution: 'e',
      taskIndex: 0,
      taskAttempt: 0,
    } as const;
    const containers = [defaultContainer('a', 'image'), defaultContainer('b', 'image')];
    const request = requestOf(containers, { owner, defaultStartupProbe: false });
    const running = await startInstance(request, deps, never);
    const ended = vi.fn();
    void running.ended.then(ended);
    executor.sandboxes[0]?.container('a').end(0);
    await new Promise(setImmediate);
    expect(ended).not.toHaveBeenCalled();
    executor.sandboxes[0]?.container('b').end(0);
    expect(await running.ended).toEqual({ container: 'b', exit: { code: 0, outOfMemory: false } });
  });
});

describe('a running container', () => {
  const often = (port: number): Probe => ({ ...tcp(port), periodSeconds: 0.002, failureThreshold: 2 });

  it('is killed when its liveness probe fails', async () => {
    const { executor, deps, notes } = startFixture();
    const container = appContainer({ livenessProbe: often(8081) });
    executor.onOpen = (sandbox) => {
      sandbox.deaf = new Set([8081]);
    };
    const running = await startInstance(requestOf([container]), deps, never);
    expect((await running.ended).exit.code).toBe(137);
    expect(executor.sandboxes[0]?.container('app').stopped).toBe(0);
    expect(notes.at(-1)).toBe(
      'ERROR LIVENESS TCP probe failed 2 times consecutively for container "app" on port 8081. The instance has been shut down. Connection failed with status DEADLINE_EXCEEDED.',
    );
  });

  it('gets no requests while its readiness probe fails', async () => {
    const { executor, deps } = startFixture();
    const container = appContainer({ readinessProbe: often(8081) });
    const running = await startInstance(requestOf([container]), deps, never);
    const changed = vi.fn();
    running.onReady(changed);
    expect(running.ready).toBe(true);
    const [sandbox] = executor.sandboxes;
    if (!sandbox) throw new Error('no sandbox was opened');
    sandbox.deaf = new Set([8081]);
    await vi.waitFor(() => expect(running.ready).toBe(false));
    sandbox.deaf = new Set();
    await vi.waitFor(() => expect(running.ready).toBe(true));
    expect(changed).toHaveBeenCalledTimes(2);
    await running.stop(0);
  });
});
