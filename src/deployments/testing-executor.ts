/** For tests: an executor whose sandboxes run no processes. The test says what listens, what ends, and what fails. */
import { Duplex } from 'node:stream';
import type {
  ContainerSpec,
  Executor,
  Exit,
  RunningContainer,
  Sandbox,
  SandboxSpec,
} from '../runtime/index.js';

/** A container without a process. */
export class TestContainer implements RunningContainer {
  readonly exited: Promise<Exit>;
  /** The grace period of the first stop; undefined while nobody has asked for one. */
  stopped: number | undefined;
  /** Ends when it is stopped; set to false for one that ignores SIGTERM until it is killed. */
  obedient = true;
  #resolve: (exit: Exit) => void = () => undefined;

  constructor(readonly spec: ContainerSpec) {
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
  get name(): string {
    return this.spec.name;
  }
  /** Ends it. */
  end(code: number, outOfMemory = false): void {
    this.#resolve({ code, outOfMemory });
  }
  stop(graceMs: number): Promise<Exit> {
    this.stopped ??= graceMs;
    if (graceMs === 0) this.end(137);
    else if (this.obedient) this.end(143);
    return this.exited;
  }
}

/** A connection that takes everything and answers nothing. */
const silent = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });

export class TestSandbox implements Sandbox {
  readonly containers: TestContainer[] = [];
  closed = false;
  /** Ports on which nothing listens; `all` for every port. */
  deaf: 'all' | ReadonlySet<number> = new Set();
  /** Opens connections in place of the silent ones. */
  dial: (port: number) => Duplex | Promise<Duplex> = silent;

  constructor(
    readonly spec: SandboxSpec,
    private readonly started: (container: TestContainer, sandbox: TestSandbox) => void,
  ) {}
  get id(): string {
    return this.spec.id;
  }
  /** @throws Error when there is no such container yet */
  container(name: string): TestContainer {
    const found = this.containers.find((container) => container.name === name);
    if (!found) throw new Error(`container ${name} was not started`);
    return found;
  }
  async start(spec: ContainerSpec): Promise<TestContainer> {
    const container = new TestContainer(spec);
    this.started(container, this);
    this.containers.push(container);
    return container;
  }
  async connect(port: number): Promise<Duplex> {
    if (this.closed || this.deaf === 'all' || this.deaf.has(port))
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return this.dial(port);
  }
  async close(): Promise<void> {
    this.closed = true;
    for (const container of this.containers) container.end(137);
  }
}

export class TestExecutor implements Executor {
  readonly name: Executor['name'] = 'oci';
  readonly describe = 'a test';
  readonly sandboxes: TestSandbox[] = [];
  /** Called before a sandbox is handed out; what it throws is the failure to open it. */
  onOpen: (sandbox: TestSandbox) => void | Promise<void> = () => undefined;
  /** Called before a container is handed out; what it throws is the failure to start it. */
  onStart: (container: TestContainer, sandbox: TestSandbox) => void = () => undefined;

  /** Sandboxes that are open. */
  get running(): TestSandbox[] {
    return this.sandboxes.filter(({ closed }) => !closed);
  }
  async prepare(): Promise<void> {}
  async open(spec: SandboxSpec): Promise<TestSandbox> {
    const sandbox = new TestSandbox(spec, (container, itself) => this.onStart(container, itself));
    await this.onOpen(sandbox);
    this.sandboxes.push(sandbox);
    return sandbox;
  }
  async reap(): Promise<void> {}
  async close(): Promise<void> {}
}
