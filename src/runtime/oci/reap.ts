/** What a killed plane leaves: containers that run on without it, their groups and directories. */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Footing } from '../footing.js';
import { environmentOf, kill, runningProcesses, withDescendants } from '../linux/index.js';
import type { Cgroups } from './cgroups.js';
import type { RuntimeCommands } from './oci-runtime.js';

export interface EndedBy {
  readonly commands: RuntimeCommands;
  readonly cgroups: Cgroups;
}

export interface Leftovers extends EndedBy {
  readonly footing: Footing;
  readonly instances: string;
  readonly onWarning: (message: string) => void;
}

/** Ids of the containers of which anything exists, and of sandboxes with volumes; cheap, so that a plane's start can afford it. */
export function findLeftovers({ commands, cgroups, instances }: Leftovers): Set<string> {
  const found = [...entries(instances), ...entries(commands.stateRoot), ...cgroups.containers()];
  return new Set(found.filter((id) => !id.startsWith('.')));
}

/**
 * Ends and removes them. Mounts need no care: they ended with the mount namespace of the last process that
 * this ends. Nor does a network namespace.
 */
export async function reapLeftovers(around: Leftovers, ids: ReadonlySet<string>): Promise<void> {
  killRuntimeProcesses(around.commands, ids);
  await Promise.all([...ids].map((id) => reapOne(around, id)));
}

async function reapOne(around: Leftovers, id: string): Promise<void> {
  // Nothing is left of a namespace whose first process has ended, and this process is the first of a new one.
  if (around.footing.kind === 'root') {
    await endContainer(around, id).catch((error: unknown) => {
      around.onWarning(
        `container ${id} of an earlier plane: ${error instanceof Error ? error.message : error}`,
      );
    });
  }
  await around.commands.forget(id);
  await around.cgroups.removeContainer(id);
  await rm(join(around.instances, id), { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Ends what a runtime that has failed or gone left of a container. Control groups know all its processes; the runtime,
 * which may hang, is asked only where there are none.
 */
export async function endContainer({ commands, cgroups }: EndedBy, id: string): Promise<void> {
  killRuntimeProcesses(commands, new Set([id]));
  for (const pid of cgroups.processes(id)) kill(pid);
  if (cgroups.available) await commands.forget(id);
  else await commands.delete(id);
}

/**
 * The runtime's processes, by their arguments or, where they have become other programs, by their environment, and
 * with them what they have started: their containers.
 */
function killRuntimeProcesses(commands: RuntimeCommands, ids: ReadonlySet<string>): void {
  const processes = runningProcesses();
  const found = processes.filter(
    ({ pid, args }) =>
      (args.includes(commands.mark) && ids.has(args.at(-1) ?? '')) ||
      ids.has(commands.containerOf(environmentOf(pid)) ?? ''),
  );
  for (const pid of withDescendants(new Set(found.map(({ pid }) => pid)), processes)) kill(pid);
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
