/** The OCI runtime's command line: crun or runc. Both take the same arguments. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describeEnd, findProgram, runProgram, SYSTEM_DIRECTORIES } from '../linux/index.js';
import type { RuntimeLimits } from './limits.js';

/** crun first: it starts a container in less than half the time. */
export const RUNTIME_NAMES = ['crun', 'runc'] as const;
type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** For messages: which commands give this machine a runtime. */
export const INSTALL_COMMAND = 'apt-get install crun';

export interface OciRuntime {
  readonly program: string;
  /** e.g. `crun 1.8.1` */
  readonly version: string;
}

/** What came of asking a runtime for its version. */
export type FoundRuntime =
  | { readonly kind: 'usable'; readonly runtime: OciRuntime }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly reason: string };

/** Looks for a runtime on PATH and asks it for its version; one that does not answer in time is broken. */
export async function askRuntime(name: RuntimeName, limitMs: number): Promise<FoundRuntime> {
  const program = findProgram(name);
  if (program === undefined) return { kind: 'missing' };
  const end = await runProgram(program, ['--version'], { limitMs });
  if (end.kind !== 'exited' || end.code !== 0) {
    return { kind: 'broken', reason: `${program} --version ${describeEnd(end, limitMs)}` };
  }
  const version = /version (\S+)/.exec(end.stdout)?.[1];
  if (version === undefined) {
    return { kind: 'broken', reason: `${program} --version does not say a version` };
  }
  return {
    kind: 'usable',
    runtime: { program, version: `${name} ${version.replace(/\+ds.*$/, '')}` },
  };
}

/** The first runtime that answers, or why there is none and the command that brings one. */
export async function findRuntime(limitMs: number): Promise<OciRuntime | string> {
  const asked = RUNTIME_NAMES.map((name) => askRuntime(name, limitMs)); // at once, should the first one hang
  const reasons: string[] = [];
  for (const each of asked) {
    const found = await each;
    if (found.kind === 'usable') return found.runtime;
    if (found.kind === 'broken') reasons.push(found.reason);
  }
  return reasons.length > 0
    ? `${reasons.join('; ')} (${INSTALL_COMMAND})`
    : `neither crun nor runc is installed (${INSTALL_COMMAND})`;
}

/** The variable that all processes of one container's runtime carry, whatever they have become. */
const CONTAINER_VARIABLE = 'SEKISHO_CONTAINER';

/** Where the runtime keeps its state, and how it is called. */
export class RuntimeCommands {
  constructor(
    readonly runtime: OciRuntime,
    readonly stateRoot: string,
    /** Whether the runtime is to make control groups. */
    readonly limited: boolean,
    readonly limits: RuntimeLimits,
  ) {}

  /** e.g. `crun 1.8.1 (/usr/bin/crun)` */
  get name(): string {
    return `${this.runtime.version} (${this.runtime.program})`;
  }

  /** Arguments that start a container and stay until it has ended. */
  run(id: string, bundle: string, pidFile: string): string[] {
    return [...this.#global(), 'run', `--bundle=${bundle}`, `--pid-file=${pidFile}`, id];
  }

  /**
   * Ends the container, if the runtime knows it still, and forgets it in any case.
   * @throws Error when the runtime did not delete it: then something of it may still run
   */
  async delete(id: string): Promise<void> {
    if (!existsSync(join(this.stateRoot, id))) return;
    const { deleteMs: limitMs } = this.limits;
    const args = [...this.#global(), 'delete', '--force', id];
    const end = await runProgram(this.runtime.program, args, { limitMs, env: this.environment(id) });
    await this.forget(id);
    if (end.kind === 'exited' && end.code === 0) return;
    if (/does not exist|No such file or directory/.test(end.stderr)) return;
    throw new Error(`${this.name} delete ${describeEnd(end, limitMs)}`);
  }

  /** Removes the runtime's record of a container whose processes have ended. */
  async forget(id: string): Promise<void> {
    await rm(join(this.stateRoot, id), { recursive: true, force: true, maxRetries: 3 });
  }

  /** An argument that only the runtime processes of this data directory have. */
  get mark(): string {
    return `--root=${this.stateRoot}`;
  }

  /** Nothing of the plane's environment reaches the runtime: it reads NOTIFY_SOCKET and XDG_RUNTIME_DIR. */
  environment(id: string): NodeJS.ProcessEnv {
    return { PATH: SYSTEM_DIRECTORIES.join(delimiter), [CONTAINER_VARIABLE]: join(this.stateRoot, id) };
  }

  /** The container of this data directory whose runtime was started with these variables, if any. */
  containerOf(variables: readonly string[]): string | undefined {
    const start = `${CONTAINER_VARIABLE}=${this.stateRoot}/`;
    return variables.find((each) => each.startsWith(start))?.slice(start.length);
  }

  #global(): string[] {
    if (this.runtime.version.startsWith('crun')) {
      return [this.mark, `--cgroup-manager=${this.limited ? 'cgroupfs' : 'disabled'}`];
    }
    // runc knows no cgroup manager option: without --systemd-cgroup it writes control groups itself, or, told that it
    // is rootless, does without where it may not.
    return this.limited ? [this.mark] : [this.mark, '--rootless=true'];
  }
}
