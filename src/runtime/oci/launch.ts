/** Starts the runtime's process for one container and finds out whether the container's own program runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fchownSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { pipe } from '../linux/index.js';
import { isExecFailure, OutputGate, programFailure } from '../start-failure.js';
import { StartFailure } from '../types.js';
import { type OciRuntime, runtimeEnv } from './oci-runtime.js';
import { readLines } from './output-lines.js';

export interface LaunchRequest {
  readonly runtime: OciRuntime;
  readonly args: readonly string[];
  readonly pidFile: string;
  /** The container's program, for messages. */
  readonly program: string;
  /** Who may reopen `/dev/stdout`. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly onOutput: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** How the runtime's process ended; `killed` when it was the runtime itself that a signal ended. */
interface RunnerEnd {
  readonly code: number;
  readonly killed: boolean;
}

export interface Launched {
  /** The container's first process, unless it has ended already. */
  readonly pid: number | undefined;
  /** Of the runtime's process, which stays as the container's parent. */
  readonly runnerPid: number;
  readonly ended: Promise<RunnerEnd>;
  /** Resolves when all output has been delivered. */
  readonly drained: Promise<void>;
}

/** How often the runtime's progress is looked at. */
const POLL_MS = 1;

/**
 * Resolves once the container's program has been executed, or has ended. Output is held back until then, because
 * what the runtime itself says goes to the same pipe.
 * @throws StartFailure with the runtime's reason
 */
export async function launch(request: LaunchRequest): Promise<Launched> {
  const gate = new OutputGate(request.onOutput);
  const out = pipe();
  const err = pipe();
  let runner: ChildProcess;
  try {
    for (const fd of [out.write, err.write]) fchownSync(fd, request.owner.uid, request.owner.gid);
    const stdio = ['ignore' as const, out.write, err.write];
    runner = spawn(request.runtime.program, request.args, { stdio, env: runtimeEnv(), cwd: '/' });
  } finally {
    closeSync(out.write);
    closeSync(err.write);
  }
  const drained = Promise.all([
    readLines(out.read, (line) => gate.line('stdout', line)),
    readLines(err.read, (line) => gate.line('stderr', line)),
  ]).then(() => undefined);
  drained.catch(() => undefined); // whoever awaits it learns of it
  const ended = runnerEnd(runner);
  const pid = await executed(request.pidFile, runner.pid, ended);
  if (pid === undefined) {
    const { code } = await ended;
    await drained;
    const startedAtAll = readPid(request.pidFile) !== undefined;
    if (!startedAtAll || (code !== 0 && gate.held('stderr').some(isExecFailure))) {
      throw failure(request, gate.held('stderr').join('\n'));
    }
  }
  gate.open();
  return { pid, runnerPid: runner.pid ?? 0, ended, drained };
}

async function runnerEnd(runner: ChildProcess): Promise<RunnerEnd> {
  return await new Promise((resolve) => {
    runner.once('error', () => resolve({ code: 127, killed: false }));
    runner.once('exit', (code, signal) => {
      if (signal === null) resolve({ code: code ?? 0, killed: false });
      else resolve({ code: 128 + constants.signals[signal], killed: true });
    });
  });
}

/** Waits until the program runs; undefined when the runtime's process ended first. */
async function executed(
  pidFile: string,
  runnerPid: number | undefined,
  ended: Promise<RunnerEnd>,
): Promise<number | undefined> {
  let over = runnerPid === undefined;
  const end = ended.then(() => {
    over = true;
  });
  while (!over) {
    const pid = readPid(pidFile);
    if (pid !== undefined && runsItsProgram(pid, runnerPid)) return pid;
    await Promise.race([delay(POLL_MS), end]);
  }
  return undefined;
}

/** Until it executes the program, the first process is a copy of the runtime, under the runtime's command line. */
function runsItsProgram(pid: number, runnerPid: number | undefined): boolean {
  const own = commandLine(pid);
  return own !== '' && !own.startsWith('runc\0init') && own !== commandLine(runnerPid ?? 0);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

/** The runtime does not write the file atomically: until it holds a number it is not there. */
function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** In Cloud Run's words where the program is to blame, else in the runtime's. */
function failure(request: LaunchRequest, text: string): StartFailure {
  const said = text === '' ? 'it could not be executed' : text;
  return (
    programFailure(request.program, text) ??
    new StartFailure(`${request.runtime.version} could not start the container: ${said}`)
  );
}
