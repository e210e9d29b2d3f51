/** The OCI runtime's command line: crun or runc. Both take the same arguments. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** crun first: it starts a container in less than half the time. */
const PROGRAMS = ['crun', 'runc'] as const;
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** For messages: which commands give this machine a runtime. */
export const INSTALL_COMMAND = 'apt-get install crun';

export interface OciRuntime {
  readonly program: string;
  /** e.g. `crun 1.8.1` */
  readonly version: string;
}

/** The first runtime that is installed and runs; undefined when there is none. */
export async function findRuntime(): Promise<OciRuntime | undefined> {
  for (const name of PROGRAMS) {
    const program = locate(name);
    if (program === undefined) continue;
    try {
      const { stdout } = await run(program, ['--version']);
      const version = /version (\S+)/.exec(stdout)?.[1];
      if (version !== undefined) return { program, version: `${name} ${version.replace(/\+ds.*$/, '')}` };
    } catch {
      // It is there and does not run: the next one may.
    }
  }
  return undefined;
}

function locate(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  return directories
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where the runtime keeps its state, and how it is called. */
export class RuntimeCommands {
  constructor(
    readonly runtime: OciRuntime,
    readonly stateRoot: string,
  ) {}

  /** Arguments that start a container and stay until it has ended. */
  run(id: string, bundle: string, pidFile: string): string[] {
    return [...this.#global(), 'run', `--bundle=${bundle}`, `--pid-file=${pidFile}`, id];
  }

  /** Ends the container, if it runs, and removes its state; a container that does not exist is no error. */
  async delete(id: string): Promise<void> {
    try {
      await run(this.runtime.program, [...this.#global(), 'delete', '--force', id], { env: runtimeEnv() });
    } catch (error) {
      const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
      if (!/does not exist|No such file or directory/.test(text)) throw error;
    }
  }

  /** An argument that only the runtime processes of this data directory have. */
  get mark(): string {
    return `--root=${this.stateRoot}`;
  }

  #global(): string[] {
    // runc knows no cgroup manager option: without --systemd-cgroup it writes control groups itself.
    const crun = this.runtime.version.startsWith('crun');
    return crun ? [this.mark, '--cgroup-manager=cgroupfs'] : [this.mark];
  }
}

/** Nothing of the plane's environment reaches the runtime: it reads NOTIFY_SOCKET and XDG_RUNTIME_DIR. */
export function runtimeEnv(): NodeJS.ProcessEnv {
  return { PATH: SYSTEM_DIRECTORIES.join(delimiter) };
}
