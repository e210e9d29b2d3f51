/** What the demo finds on this machine, and what it cannot do without. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { containersHere } from '../../plane/index.js';

/** Why the demo cannot be played here. */
export type Obstacle =
  | { readonly kind: 'not-linux' | 'not-amd64' }
  /** `why` is the runtime's own sentence, with the command that mends it. */
  | { readonly kind: 'no-containers'; readonly why: string };

/** What decides whether the demo's containers can run. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly containers: () => Promise<{ readonly ok: boolean; readonly describe: string }>;
}

export function thisMachine(env: NodeJS.ProcessEnv): Machine {
  const { platform, arch } = process;
  return { platform, arch, containers: () => containersHere(env) };
}

/** The first thing that keeps the demo's containers from running on a machine; undefined when nothing does. */
export async function obstacle({ platform, arch, containers }: Machine): Promise<Obstacle | undefined> {
  if (platform !== 'linux') return { kind: 'not-linux' };
  if (arch !== 'x64') return { kind: 'not-amd64' };
  const { ok, describe } = await containers();
  return ok ? undefined : { kind: 'no-containers', why: describe };
}

/** True when a command is on PATH. */
export function isInstalled(command: string, env: NodeJS.ProcessEnv): boolean {
  return (env.PATH ?? '')
    .split(path.delimiter)
    .some((dir) => dir !== '' && isProgram(path.join(dir, command)));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
