/** The calls about one container, each with what its refusals mean. */
import { text } from 'node:stream/consumers';
import type { ContainerSpec } from '../types.js';
import { commandLines, type Inspected, idOf, inspected, waitedFor, warningsOf } from './answers.js';
import { type DockerEngine, EngineError } from './engine.js';
import { readOutput } from './frames.js';

/** A container's connections that last as long as it does. */
export interface Attached {
  /** Its exit code; rejects with an EngineError when the daemon goes first. */
  readonly code: Promise<number>;
  /** Resolves when everything that it wrote has been delivered. */
  readonly drained: Promise<void>;
  close(): void;
}

export class ContainerCalls {
  constructor(
    readonly engine: DockerEngine,
    /** The network whose address of a container counts. */
    readonly network: string,
  ) {}

  /** Makes a container. @throws EngineError */
  async create(
    name: string,
    body: object,
  ): Promise<{ readonly id: string; readonly warnings: readonly string[] }> {
    const answer = await this.engine.json('POST', '/containers/create', { query: { name }, body });
    return { id: idOf(answer), warnings: warningsOf(answer) };
  }

  /**
   * Takes hold of output and exit code.
   * @param condition `next-exit` for a container that has not been started yet
   * @throws EngineError
   */
  async attach(
    id: string,
    deliver: ContainerSpec['onOutput'],
    condition: 'next-exit' | 'not-running',
  ): Promise<Attached> {
    const query = { stream: '1', stdout: '1', stderr: '1' };
    const output = await this.engine.stream('POST', `/containers/${id}/attach`, { query });
    const drained = readOutput(output, deliver);
    try {
      const waiting = await this.engine.stream('POST', `/containers/${id}/wait`, { query: { condition } });
      const code = text(waiting).then(exitCode, (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new EngineError('unreachable', `the Docker daemon broke off (${why})`);
      });
      code.catch(() => undefined); // a container that never starts is not waited for
      const close = () => {
        output.destroy();
        waiting.destroy();
      };
      return { code, drained, close };
    } catch (error) {
      output.destroy();
      throw error;
    }
  }

  /** @throws EngineError with the runtime's words when the container could not be started */
  async start(id: string): Promise<void> {
    await this.engine.json('POST', `/containers/${id}/start`);
  }

  /** @throws EngineError */
  async inspect(id: string, limitMs?: number): Promise<Inspected> {
    const limit = limitMs === undefined ? {} : { limitMs };
    return inspected(await this.engine.json('GET', `/containers/${id}/json`, limit), this.network);
  }

  /**
   * Whether a container that has been started has got to its own program. The daemon says started when the runtime is
   * about to execute it; what comes of that shows in the list of processes.
   * @returns false when the program could not be executed, or has ended already
   */
  async executed(id: string): Promise<boolean> {
    for (;;) {
      const processes = await this.#processes(id);
      if (processes === undefined) return true;
      if (processes.length === 0) return false;
      if (!processes.some((line) => /^(?:\S*\/)?(?:runc|crun) init\b/.test(line))) return true;
    }
  }

  /** Undefined when the daemon cannot say, for want of a `ps` that knows the options. */
  async #processes(id: string): Promise<readonly string[] | undefined> {
    const query = { ps_args: '-eo pid,args' };
    try {
      return commandLines(await this.engine.json('GET', `/containers/${id}/top`, { query }));
    } catch (error) {
      // It has ended: the daemon knows (409), or has only heard so from the runtime (404).
      if (isRefusal(error, 404, 409)) return [];
      if (error instanceof EngineError && error.status === 500) return undefined;
      throw error;
    }
  }

  /** Also when it has ended, or is gone. @throws EngineError when the daemon does not answer within the limit */
  async signal(id: string, signal: 'SIGTERM' | 'SIGKILL', limitMs: number): Promise<void> {
    await unless([404, 409], () =>
      this.engine.json('POST', `/containers/${id}/kill`, { query: { signal }, limitMs }),
    );
  }

  /** Kills it first where it runs; resolves when it is gone, whoever removes it. @throws EngineError */
  async remove(id: string, limitMs?: number): Promise<void> {
    const limit = limitMs === undefined ? {} : { limitMs };
    const removal = { query: { force: '1', v: '1' }, ...limit };
    const removed = { query: { condition: 'removed' }, ...limit };
    try {
      await this.engine.json('DELETE', `/containers/${id}`, removal);
    } catch (error) {
      if (isRefusal(error, 404)) return;
      if (!isRefusal(error, 409)) throw error;
      // A removal is under way.
      await unless([404], () => this.engine.json('POST', `/containers/${id}/wait`, removed));
    }
  }
}

function exitCode(body: string): number {
  const code = body.trim() === '' ? undefined : waitedFor(JSON.parse(body));
  if (code === undefined) throw new EngineError('unreachable', 'the Docker daemon broke off');
  return code;
}

export function isRefusal(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof EngineError && typeof error.status === 'number' && statuses.includes(error.status);
}

/** For what may have come about already. */
async function unless(statuses: readonly number[], call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isRefusal(error, ...statuses)) throw error;
  }
}
