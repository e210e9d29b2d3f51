/** For tests: an executor on a data directory of its own, and the proof after each test that nothing is left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { OciExecutor } from './oci/executor.js';
import { DEFAULT_LIMITS, type RuntimeLimits } from './oci/limits.js';
import { findRuntime, INSTALL_COMMAND } from './oci/oci-runtime.js';
import { type Alone, type AloneSpec, startAlone } from './testing-alone.js';
import { leftovers, NOTHING } from './testing-leftovers.js';
import type { Exit } from './types.js';

const runtime = await findRuntime(DEFAULT_LIMITS.probeMs);

/** Whether this machine can run containers for us. */
export const canRun = typeof runtime !== 'string' && process.geteuid?.() === 0;

/** With CI=true a machine that cannot is a failure; elsewhere the skipped test's name says what is missing. */
export function reportWhatIsMissing(): void {
  it.skipIf(!canRun && process.env.CI !== 'true')(
    `has root and an OCI runtime (${INSTALL_COMMAND}); without them these tests are skipped`,
    () => {
      expect(canRun).toBe(true);
    },
  );
}

export interface TestExecutor {
  readonly executor: OciExecutor;
  readonly dataDir: string;
  /** What the executor warned of since it was last asked. A test that does not ask must not be warned of anything. */
  warnings(): string[];
  /** Runs to the end: standard output's lines, and standard error's with `! ` before them. */
  run(spec: AloneSpec): Promise<Exit & { lines: string[] }>;
}

export interface UsedExecutor {
  /** Instead of the real runtime's program. */
  readonly program?: () => string;
  readonly limits?: Partial<RuntimeLimits>;
}

/** Registers the hooks; the result may be used within tests. */
export function useExecutor({ program, limits = {} }: UsedExecutor = {}): TestExecutor {
  let dataDir: string;
  let executor: OciExecutor | undefined;
  const warnings: string[] = [];
  const opened = (): OciExecutor => {
    if (executor === undefined) throw new Error('used outside a test');
    return executor;
  };
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'sekisho-runtime-'));
    if (typeof runtime === 'string') throw new Error(runtime);
    const used = program === undefined ? runtime : { ...runtime, program: program() };
    executor = new OciExecutor(used, { dataDir, limits, onWarning: (message) => warnings.push(message) });
  });
  afterEach(() => {
    expect({ ...leftovers(dataDir), cgroups: [] }).toEqual(NOTHING); // their parent stays until the executor closes
    expect(warnings.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await opened().close();
    expect(leftovers(dataDir)).toEqual(NOTHING);
    rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    get executor() {
      return opened();
    },
    get dataDir() {
      return dataDir;
    },
    warnings: () => warnings.splice(0),
    run: async (spec) => {
      const lines: string[] = [];
      const onOutput: AloneSpec['onOutput'] = (stream, line) => {
        lines.push(stream === 'stdout' ? line : `! ${line}`);
      };
      const instance = await startAlone(opened(), { ...spec, onOutput });
      return { ...(await instance.exited), lines };
    },
  };
}

/** A sandbox, or a container that is alone in one: then its end ends the wait. */
type Reached = Pick<Alone, 'connect'> & Partial<Pick<Alone, 'exited'>>;

/** A connection, as soon as something listens. */
async function connected(instance: Reached, port: number): Promise<Duplex> {
  let ended = false;
  void instance.exited?.then(() => {
    ended = true;
  });
  for (;;) {
    try {
      return await instance.connect(port);
    } catch (error) {
      if (ended || !(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) throw error;
      await delay(2);
    }
  }
}

/** The body of `GET /`. */
export async function get(instance: Reached, port = 8080): Promise<string> {
  const socket = await connected(instance, port);
  socket.write('GET / HTTP/1.0\r\n\r\n');
  const answer = await text(socket);
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}
