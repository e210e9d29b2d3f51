import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { Executor, Exit, Instance, InstanceSpec, Sandbox } from '../runtime/index.js';
import { StartFailure } from '../runtime/index.js';
import { InstanceFailure, Pool, type PoolDependencies } from './instances.js';
import type { ImportedImage, RevisionRecord } from './model.js';
import { defaultContainer, defaultTemplate } from './template.js';

/** An instance without a container: its port opens when the test says so. */
class FakeInstance extends EventEmitter implements Instance {
  readonly exited: Promise<Exit>;
  listening = true;
  stopped = false;
  #end: (exit: Exit) => void = () => undefined;

  constructor(readonly spec: InstanceSpec) {
    super();
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
  }
  get id(): string {
    return this.spec.id;
  }
  async connect(): Promise<Duplex> {
    if (!this.listening) throw new Error('ECONNREFUSED');
    return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  }
  end(code: number, outOfMemory = false): void {
    this.#end({ code, outOfMemory });
  }
  async stop(): Promise<Exit> {
    this.stopped = true;
    this.end(143);
    return this.exited;
  }
}

class FakeExecutor implements Executor {
  readonly name = 'oci';
  readonly describe = 'fake';
  readonly started: FakeInstance[] = [];
  configure: (instance: FakeInstance) => void = () => undefined;
  failure: Error | undefined;
  async prepare(): Promise<void> {}
  async start(spec: InstanceSpec): Promise<Instance> {
    if (this.failure) throw this.failure;
    const instance = new FakeInstance(spec);
    this.configure(instance);
    this.started.push(instance);
    return instance;
  }
  async open(): Promise<Sandbox> {
    throw new Error('no sandboxes here');
  }
  async reap(): Promise<void> {}
  async close(): Promise<void> {}
}

const imported: ImportedImage = {
  digest: 'h/p/r/i@sha256:0',
  config: { config: { Cmd: ['/app'] } },
  layers: [],
};

function setUp(template: Partial<RevisionRecord['template']> = {}, extra: Partial<PoolDependencies> = {}) {
  const executor = new FakeExecutor();
  const notes: string[] = [];
  const revision: RevisionRecord = {
    project: 'p',
    location: 'us-central1',
    name: 'web-00001-abc',
    projectNumber: '1',
    service: 'web',
    uid: 'u',
    generation: 1,
    createTime: '',
    creator: '',
    launchStage: 'GA',
    state: 'ready',
    conditions: [],
    template: { ...defaultTemplate('web', 'us-docker.pkg.dev/p/r/i', 'sa@example.com'), ...template },
  };
  const pool = new Pool(revision, imported, {
    executor: async () => executor,
    openBlob: () => () => {
      throw new Error('no layers here');
    },
    events: { output: () => undefined, system: (_revision, _id, _severity, text) => notes.push(text) },
    ...extra,
  });
  return { executor, pool, notes };
}

describe('a pool of instances', () => {
  it('starts one for the first request and keeps it for the next', async () => {
    const { executor, pool } = setUp();
    const first = await pool.acquire();
    first.release();
    const second = await pool.acquire();
    expect(second.instance).toBe(first.instance);
    expect(executor.started).toHaveLength(1);
  });

  it("sets Cloud Run's environment over the service's own", async () => {
    const container = {
      ...defaultContainer('web-1', 'i'),
      port: { number: 9000, protocol: 'http1' } as const,
      env: [{ name: 'GREETING', value: 'hi' }],
    };
    const { executor, pool } = setUp({ containers: [container] });
    await pool.warm('test');
    expect(executor.started[0]?.spec.env).toEqual({
      GREETING: 'hi',
      PORT: '9000',
      K_SERVICE: 'web',
      K_REVISION: 'web-00001-abc',
      K_CONFIGURATION: 'web',
    });
  });

  it('starts no more instances than concurrent requests need', async () => {
    const { executor, pool } = setUp({ concurrency: 2 });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    expect(executor.started).toHaveLength(2);
    expect(new Set(leases.map((lease) => lease.instance.id)).size).toBe(2);
  });

  it('holds a request while the maximum of instances is busy, and serves it on release', async () => {
    const { executor, pool } = setUp({ concurrency: 1, maxInstances: 1 });
    const first = await pool.acquire();
    let served = false;
    const second = pool.acquire().then((lease) => {
      served = true;
      return lease;
    });
    await Promise.resolve();
    expect(served).toBe(false);
    first.release();
    expect((await second).instance).toBe(first.instance);
    expect(executor.started).toHaveLength(1);
  });

  it('counts a release once', async () => {
    const { pool } = setUp({ concurrency: 1, maxInstances: 1 });
    const first = await pool.acquire();
    first.release();
    first.release();
    const second = await pool.acquire();
    const third = pool.acquire();
    let served = false;
    void third.then(() => {
      served = true;
    });
    await new Promise(setImmediate);
    expect(served).toBe(false);
    second.release();
    await third;
  });

  it('fails the request when the container ends before it listens, and says so in the log', async () => {
    const { executor, pool, notes } = setUp();
    executor.configure = (instance) => {
      instance.listening = false;
      instance.end(3);
    };
    await expect(pool.acquire()).rejects.toMatchObject({ outcome: { cause: 'exit', exit: { code: 3 } } });
    expect(notes).toContain('Container called exit(3).');
    expect(notes.at(-1)).toMatch(
      /^Default STARTUP TCP probe failed 1 time consecutively for container "web-1" on port 8080\./,
    );
  });

  it('says that memory ran out, at the start too', async () => {
    const { executor, pool, notes } = setUp();
    executor.configure = (instance) => {
      instance.listening = false;
      instance.end(137, true);
    };
    await expect(pool.acquire()).rejects.toThrow(InstanceFailure);
    expect(notes.at(-2)).toBe(
      'Memory limit of 512Mi exceeded. Consider increasing the memory limit, see https://cloud.google.com/run/docs/configuring/memory-limits',
    );
  });

  it('fails the request when the container cannot be started at all', async () => {
    const { executor, pool } = setUp();
    executor.failure = new StartFailure('no such command: /app');
    await expect(pool.acquire()).rejects.toThrow(InstanceFailure);
  });

  it('starts anew after an instance has died', async () => {
    const { executor, pool, notes } = setUp();
    (await pool.acquire()).release();
    executor.started[0]?.end(1);
    await vi.waitFor(() => expect(notes).toContain('Container called exit(1).'));
    const lease = await pool.acquire();
    expect(executor.started).toHaveLength(2);
    expect(lease.instance).toBe(executor.started[1]);
  });

  it('stops an instance that nobody has used for a while, but not the minimum', async () => {
    const idle = setUp({}, { idleMs: 1 });
    (await idle.pool.acquire()).release();
    await vi.waitFor(() => expect(idle.executor.started[0]?.stopped).toBe(true));
    const kept = setUp({ minInstances: 1 }, { idleMs: 1 });
    (await kept.pool.acquire()).release();
    await vi.waitFor(() => expect(kept.pool.size).toBe(1));
    expect(kept.executor.started[0]?.stopped).toBe(false);
  });

  it('lets requests under way end before it stops their instance', async () => {
    const { executor, pool } = setUp();
    const lease = await pool.acquire();
    const closed = pool.close();
    await new Promise(setImmediate);
    expect(executor.started[0]?.stopped).toBe(false);
    lease.release();
    await closed;
    expect(executor.started[0]?.stopped).toBe(true);
  });

  it('refuses waiting requests and stops every instance when it is closed', async () => {
    const { executor, pool } = setUp({ concurrency: 1, maxInstances: 1 });
    await pool.acquire();
    const waiting = pool.acquire();
    const refused = expect(waiting).rejects.toThrow(InstanceFailure);
    await pool.close(0);
    await refused;
    expect(executor.started[0]?.stopped).toBe(true);
  });
});
