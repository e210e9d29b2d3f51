/** The demo's plane: `sekisho start` as a child process, which may outlive the demo. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningPlane, runningPlane } from '../../plane/clients/index.js';
import { endGroup } from './processes.js';

const POLL_MS = 25;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

export interface StartOptions {
  /** The words that run this program, e.g. `['/usr/bin/node', '/opt/sekisho/bin/sekisho.js']`. */
  readonly sekisho: readonly string[];
  readonly dataDir: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly imageReadCheck: 'enforce' | 'warn';
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export class PlaneProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(
    child: ChildProcess,
    exited: Promise<void>,
    readonly plane: RunningPlane,
  ) {
    this.#child = child;
    this.#exited = exited;
  }

  /**
   * Starts a plane and resolves when it serves. What it says goes to a file, because pipes would end with the demo.
   * @throws Error with the plane's last words when it does not come up
   */
  static async start(options: StartOptions): Promise<PlaneProcess> {
    const { dataDir, port, imageReadCheck, env } = options;
    const [program = '', ...words] = options.sekisho;
    const logFile = path.join(dataDir, 'plane.log');
    const log = await open(logFile, 'a', 0o600);
    const args = [
      'start',
      '--data',
      dataDir,
      '--listen',
      `127.0.0.1:${port}`,
      '--image-read-check',
      imageReadCheck,
    ];
    const child = spawn(program, [...words, ...args], {
      env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    await log.close();
    try {
      const plane = await whenServing(child, options);
      return new PlaneProcess(child, exited, plane);
    } catch (error) {
      endGroup(child.pid, 'SIGKILL');
      await exited;
      const said = (await readFile(logFile, 'utf8')).trim();
      throw options.signal.aborted ? error : new Error(`${(error as Error).message}\n${said}`);
    }
  }

  /** Drains and ends the plane; its containers end with it. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => endGroup(this.#child.pid, 'SIGKILL'), STOP_LIMIT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Lets the demo end while the plane goes on. */
  release(): void {
    this.#child.unref();
  }
}

/** The plane writes its record as the last thing before it serves. */
async function whenServing(child: ChildProcess, { dataDir, signal }: StartOptions): Promise<RunningPlane> {
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit) {
    signal.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error('The plane ended before it served.');
    }
    const plane = await runningPlane(dataDir).catch(() => undefined);
    if (plane?.pid === child.pid) return plane;
    await delay(POLL_MS);
  }
  throw new Error('The plane did not come up within a minute.');
}
