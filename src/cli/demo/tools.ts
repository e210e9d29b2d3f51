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

/** The first thing that keeps containers from running on this machine; undefined when nothing does. */
export function obstacle(env: NodeJS.ProcessEnv): Obstacle | undefined {
  if (process.platform !== 'linux') return 'not-linux';
  if (process.arch !== 'x64') return 'not-amd64';
  const dirs = [...(env.PATH ?? '').split(path.delimiter), ...SYSTEM];
  if (!found('crun', dirs) && !found('runc', dirs)) return 'no-runtime';
  return process.geteuid?.() === 0 ? undefined : 'not-root';
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
