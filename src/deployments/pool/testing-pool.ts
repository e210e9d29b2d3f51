/** For tests: a pool whose instances are nothing but what the test says of them. */
import { Duplex } from 'node:stream';
import { InstanceFailure, type RunningInstance } from '../instance/index.js';
import type { RevisionRecord, Template } from '../model.js';
import { defaultTemplate } from '../template.js';
import { Pool, type PoolDependencies } from './pool.js';

export class TestInstance implements RunningInstance {
  readonly ended: Promise<{ container: string; exit: { code: number; outOfMemory: boolean } }>;
  /** The grace period, once it was asked to stop. */
  stopped: number | undefined;
  ready = true;
  #end: (code: number) => void = () => undefined;
  #listeners: (() => void)[] = [];

  constructor(readonly id: string) {
    this.ended = new Promise((resolve) => {
      this.#end = (code) => resolve({ container: 'app', exit: { code, outOfMemory: false } });
    });
  }
  onReady(listener: () => void): void {
    this.#listeners.push(listener);
  }
  setReady(ready: boolean): void {
    this.ready = ready;
    for (const listener of this.#listeners) listener();
  }
  async connect(): Promise<Duplex> {
    return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  }
  die(): void {
    this.#end(1);
  }
  async stop(graceMs: number): Promise<void> {
    this.stopped = graceMs;
    this.#end(143);
    await this.ended;
  }
}

export interface TestPool {
  readonly pool: Pool;
  /** Every instance that came up, in order. */
  readonly instances: TestInstance[];
  /** Why each start was asked for. */
  readonly reasons: string[];
  /** Starts that wait for the test, oldest first; only with `held`. */
  readonly starts: { succeed(): void; fail(message?: string): void }[];
  readonly errors: unknown[];
}

export interface TestPoolOptions extends Partial<Omit<PoolDependencies, 'start' | 'onError'>> {
  readonly template?: Partial<Template>;
  /** Starts wait until the test lets them succeed or fail. */
  readonly held?: boolean;
  /** Fails every start with this; may be changed by the test. */
  readonly failure?: () => Error | undefined;
}

export function testRevision(template: Partial<Template> = {}): RevisionRecord {
  return {
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
    template: { ...defaultTemplate('web', 'image', 'sa@example.com'), ...template },
  };
}

export function testPool({ template, held = false, failure, ...deps }: TestPoolOptions = {}): TestPool {
  const instances: TestInstance[] = [];
  const reasons: string[] = [];
  const starts: TestPool['starts'] = [];
  const errors: unknown[] = [];
  const up = () => {
    const instance = new TestInstance(`i${instances.length}`);
    instances.push(instance);
    return instance;
  };
  const start = (reason: string, signal: AbortSignal): Promise<RunningInstance> => {
    reasons.push(reason);
    const error = failure?.();
    if (error) return Promise.reject(error);
    if (!held) return Promise.resolve(up());
    return new Promise((resolve, reject) => {
      let over = false;
      const once = (settle: () => void) => () => {
        if (!over) settle();
        over = true;
      };
      const fail = (message = 'it failed') =>
        once(() => reject(new InstanceFailure(message, { cause: 'start' })))();
      starts.push({ succeed: once(() => resolve(up())), fail });
      signal.addEventListener('abort', () => fail('given up'));
    });
  };
  const onError = (error: unknown) => void errors.push(error);
  const pool = new Pool(testRevision(template), { startAllowanceMs: 240_000, ...deps, start, onError });
  return { pool, instances, reasons, starts, errors };
}

/** Lets everything happen that waits for nothing but its turn. */
export const turns = () => new Promise<void>((resolve) => setImmediate(resolve));
