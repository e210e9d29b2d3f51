/** What the demo finds on this machine, and what it cannot do without. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Where Debian puts what only root runs. */
const SYSTEM = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** True when a command is on PATH. */
export function isInstalled(command: string, env: NodeJS.ProcessEnv): boolean {
  return found(command, (env.PATH ?? '').split(path.delimiter));
}

/** Why no container can run here. */
export type Obstacle = 'not-linux' | 'not-amd64' | 'no-runtime' | 'not-root';

/** What decides whether containers can run. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly isRoot: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Searched beside PATH. */
  readonly systemDirs: readonly string[];
}

export function thisMachine(env: NodeJS.ProcessEnv): Machine {
  const { platform, arch } = process;
  return { platform, arch, isRoot: process.geteuid?.() === 0, env, systemDirs: SYSTEM };
}

/** The first thing that keeps containers from running on a machine; undefined when nothing does. */
export function obstacle({ platform, arch, isRoot, env, systemDirs }: Machine): Obstacle | undefined {
  if (platform !== 'linux') return 'not-linux';
  if (arch !== 'x64') return 'not-amd64';
  const dirs = [...(env.PATH ?? '').split(path.delimiter), ...systemDirs];
  if (!found('crun', dirs) && !found('runc', dirs)) return 'no-runtime';
  return isRoot ? undefined : 'not-root';
}

function found(command: string, dirs: readonly string[]): boolean {
  return dirs.some((dir) => dir !== '' && isProgram(path.join(dir, command)));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
