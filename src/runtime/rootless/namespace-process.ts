/** The other process, from the plane's side: started, spoken to, ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { excerpt, killTree } from '../linux/index.js';
import { killEarlier, markOf } from './earlier.js';
import { type Handlers, Peer } from './peer.js';
import type { HelperCalls, Opening, PlaneCalls } from './protocol.js';

/** From its start until it has cleared away what an earlier one left: gigabytes of layers are not waited for. */
const OPEN_LIMIT_MS = 30_000;
/** Longer than a hanging runtime takes to be given up. */
const CLOSE_LIMIT_MS = 30_000;
const END_LIMIT_MS = 5_000;
const MAX_STDERR = 4_096;

const LOAD = 'import(process.argv[1]).then((helper) => helper.serve())';

/** Runs in the namespaces until it is closed, or ends by itself. */
export class NamespaceProcess {
  readonly peer: Peer<PlaneCalls, HelperCalls>;
  /** Resolves when it has ended, and every container with it. */
  readonly ended: Promise<void>;
  #stderr = '';

  private constructor(
    readonly child: ChildProcess,
    handlers: Handlers<PlaneCalls>,
  ) {
    this.peer = new Peer(child, handlers);
    // Not the child's own `close`: after a disconnection by the parent it does not come.
    this.ended = new Promise((resolve) => {
      child.once('exit', () => {
        if (child.stderr === null || child.stderr.closed) resolve();
        else child.stderr.once('close', () => resolve());
      });
      child.once('error', (error) => {
        this.#stderr += error.message;
        resolve();
      });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR);
    });
  }

  /**
   * Ends what an earlier process of this data directory left, starts one, and opens its executor.
   * @param command the words that run a command in new namespaces
   * @param root the `runtime` directory
   * @throws Error with what it said
   */
  static async start(
    command: readonly string[],
    root: string,
    opening: Opening,
    handlers: Handlers<PlaneCalls>,
  ): Promise<NamespaceProcess> {
    await killEarlier(root);
    const { MODULE } = await import('./helper.js');
    const [program = '', ...args] = command;
    const node = [process.execPath, '--input-type=module', '-e', LOAD, MODULE, markOf(root)];
    const child = spawn(program, [...args, ...node], {
      detached: true, // a terminal's Ctrl-C is for the plane
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      cwd: '/',
      env: { PATH: process.env.PATH },
    });
    const started = new NamespaceProcess(child, handlers);
    try {
      await Promise.race([started.peer.call('open', opening), tooSlow(OPEN_LIMIT_MS)]);
    } catch (error) {
      await started.kill();
      const said = excerpt(started.#stderr) || (error instanceof Error ? error.message : String(error));
      throw new Error(`the process in the user namespace did not start: ${said}`);
    }
    return started;
  }

  /** False as soon as it has gone, or begun to. */
  get isThere(): boolean {
    return this.child.connected;
  }

  /** What it said last, for messages about its end. */
  get lastWords(): string {
    return excerpt(this.#stderr);
  }

  /** Ends its containers and then itself. */
  async close(erase: boolean): Promise<void> {
    const closing = this.peer.call('close', { erase }).catch(() => undefined); // it has ended
    await Promise.race([closing, delay(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    if (this.child.connected) this.child.disconnect();
    const inTime = await Promise.race([
      this.ended.then(() => true),
      delay(END_LIMIT_MS, false, { ref: false }),
    ]);
    if (!inTime) await this.kill();
  }

  async kill(): Promise<void> {
    killTree(this.child.pid);
    await this.ended;
  }
}

async function tooSlow(limitMs: number): Promise<never> {
  await delay(limitMs, undefined, { ref: false });
  throw new Error(`it was not ready after ${limitMs / 1000} s`);
}
