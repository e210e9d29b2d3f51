/** Starts the runtime's process for one container and finds out whether the container's own program runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fchownSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { descendsFrom, excerpt, killTree, pipe, processStat } from '../linux/index.js';
import { isExecFailure, OutputGate, programFailure } from '../start-failure.js';
import { type ContainerSpec, StartFailure } from '../types.js';
import type { RuntimeCommands } from './oci-runtime.js';
import { type LineReading, readLines } from './output-lines.js';

export interface LaunchRequest {
  readonly commands: RuntimeCommands;
  readonly id: string;
  readonly bundle: string;
  readonly pidFile: string;
  /** The container's program, for messages. */
  readonly program: string;
  /** Who may reopen `/dev/stdout`. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly onOutput: ContainerSpec['onOutput'];
  /** Pending while `onOutput` can take no more. */
  readonly room: (() => Promise<void> | undefined) | undefined;
}

/** How the runtime's process ended; `killed` when it was the runtime itself that a signal ended. */
export interface RunnerEnd {
  readonly code: number;
  readonly killed: boolean;
}

/** The runtime's process, which stays as the container's parent. */
export interface Runner {
  readonly pid: number;
  readonly ended: Promise<RunnerEnd>;
  /** SIGKILL, to it, its process group, and all that descends from it, the container's processes among them. */
  kill(): void;
}

export interface Launched {
  /** The container's first process, unless it has ended already. */
  readonly pid: number | undefined;
  readonly runner: Runner;
  /**
   * Resolves when all output has been delivered.
   * @param limitMs after so long without any more of it, whoever still keeps a pipe open is not waited for
   */
  drained(limitMs: number): Promise<void>;
}

/** It is the runtime that failed, not what it was given: the message is for whoever runs the plane. */
export class RuntimeFault extends StartFailure {}

/** How often the runtime's progress is looked at: at first, and when it turns out to be slow. */
const POLL_MS = 1;
const SLOW_POLL_MS = 10;
const SLOW_AFTER_MS = 250;
/** What a failed runtime still has to say. */
const LAST_WORDS_MS = 1_000;

/**
 * Resolves once the container's program has been executed, or has ended. Output is held back until then, because
 * what the runtime itself says goes to the same pipe.
 * @throws StartFailure with the runtime's reason; then its process and process group are gone, the container, if it
 * made one, may not be
 */
export async function launch(request: LaunchRequest): Promise<Launched> {
  const gate = new OutputGate(request.onOutput, request.room);
  gate.bound(() => readPid(request.pidFile) !== undefined);
  const { runner, output } = startRunner(request, gate);
  const progress = await executed(request, runner);
  if (progress.kind === 'running') {
    gate.open();
    return { pid: progress.pid, runner, drained: output.drained };
  }
  runner.kill(); // also what it may have left behind
  if (progress.kind === 'too-slow') {
    output.stop();
    const limit = `${request.commands.limits.startMs / 1000} s`;
    throw fault(request, `had not started the container after ${limit} and was killed`);
  }
  const startedAtAll = readPid(request.pidFile) !== undefined;
  await Promise.race([output.done, gate.full, delay(LAST_WORDS_MS)]);
  if (!startedAtAll || (progress.end.code !== 0 && gate.held('stderr').some(isExecFailure))) {
    output.stop();
    throw failure(request, progress.end, gate.held('stderr').join('\n'));
  }
  gate.open();
  return { pid: undefined, runner, drained: output.drained };
}

/** What the runtime and then the container write. */
interface Output {
  readonly done: Promise<unknown>;
  readonly stop: () => void;
  readonly drained: Launched['drained'];
}

function startRunner(request: LaunchRequest, gate: OutputGate): { runner: Runner; output: Output } {
  const { commands, id, bundle, pidFile, owner } = request;
  const out = pipe();
  const err = pipe();
  let child: ChildProcess;
  try {
    for (const fd of [out.write, err.write]) fchownSync(fd, owner.uid, owner.gid);
    const stdio = ['ignore' as const, out.write, err.write];
    const args = commands.run(id, bundle, pidFile);
    // A process group of its own, so that it can be killed whole, and a terminal's Ctrl-C is for the plane only.
    const options = { stdio, env: commands.environment(id), cwd: '/', detached: true };
    child = spawn(commands.runtime.program, args, options);
  } finally {
    closeSync(out.write);
    closeSync(err.write);
  }
  const readers = [
    readLines(out.read, (line) => gate.line('stdout', line), gate),
    readLines(err.read, (line) => gate.line('stderr', line), gate),
  ];
  const runner = { pid: child.pid ?? 0, ended: runnerEnd(child), kill: () => killTree(child.pid) };
  return { runner, output: combined(readers) };
}

function combined(readers: readonly LineReading[]): Output {
  const done = Promise.all(readers.map((reader) => reader.done));
  done.catch(() => undefined); // whoever awaits it learns of it
  const stop = () => {
    for (const reader of readers) reader.stop();
  };
  const drained = async (limitMs: number): Promise<void> => {
    const before = new Map<LineReading, number | undefined>();
    const timer = setInterval(() => {
      for (const reader of readers) {
        const now = reader.progress();
        if (now !== undefined && now === before.get(reader)) reader.stop();
        before.set(reader, now);
      }
    }, limitMs);
    await done.finally(() => clearInterval(timer));
  };
  return { done, stop, drained };
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

type Progress =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'ended'; readonly end: RunnerEnd }
  | { readonly kind: 'too-slow' };

/** Waits until the program runs, or the runtime's process has ended, or has had its time. */
async function executed({ commands, pidFile }: LaunchRequest, runner: Runner): Promise<Progress> {
  const begun = performance.now();
  let end: RunnerEnd | undefined;
  const ended = runner.ended.then((how) => {
    end = how;
  });
  while (end === undefined) {
    const pid = readPid(pidFile);
    if (pid !== undefined && runsItsProgram(pid, runner.pid)) return { kind: 'running', pid };
    const passed = performance.now() - begun;
    if (passed > commands.limits.startMs) return { kind: 'too-slow' };
    await Promise.race([delay(passed < SLOW_AFTER_MS ? POLL_MS : SLOW_POLL_MS), ended]);
  }
  return { kind: 'ended', end };
}

/** Until it executes the program, the first process is a copy of its parent, under the runtime's command line. */
function runsItsProgram(pid: number, runnerPid: number): boolean {
  const own = commandLine(pid);
  const parent = processStat(pid)?.parent ?? 0;
  if (parent !== runnerPid && !descendsFrom(parent, runnerPid)) return false;
  const parents = commandLine(parent);
  return own !== '' && parents !== '' && own !== parents && !own.startsWith('runc\0init');
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
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** In Cloud Run's words where the program is to blame, else in the runtime's. */
function failure(request: LaunchRequest, { code, killed }: RunnerEnd, text: string): StartFailure {
  const end = killed ? `was ended by signal ${code - 128}` : `exited with ${code}`;
  const said = text === '' ? 'without a word' : `saying: ${excerpt(text)}`;
  return (
    programFailure(request.program, text) ??
    fault(request, `could not start the container: it ${end}, ${said}`)
  );
}

const fault = ({ commands }: LaunchRequest, what: string): RuntimeFault =>
  new RuntimeFault(`${commands.name} ${what}`);
