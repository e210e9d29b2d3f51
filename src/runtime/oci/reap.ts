/** What a killed plane leaves: containers that run on without it, their groups and directories. */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentOf, kill, runningProcesses, withDescendants } from '../linux/index.js';
import type { Cgroups } from './cgroups.js';
import type { RuntimeCommands } from './oci-runtime.js';

export interface Leftovers {
  readonly commands: RuntimeCommands;
  readonly cgroups: Cgroups;
  readonly instances: string;
  readonly onWarning: (message: string) => void;
}

/** Ids of the instances of which anything exists; cheap, so that a plane's start can afford it. */
export function findInstances({ commands, cgroups, instances }: Leftovers): Set<string> {
  const found = [...entries(instances), ...entries(commands.stateRoot), ...cgroups.instances()];
  return new Set(found.filter((id) => !id.startsWith('.')));
}

/**
 * Ends and removes these instances. Mounts need no care: they ended with the mount namespace of the last process that
 * this ends. Nor does a network namespace.
 */
export async function reapInstances(
  { commands, cgroups, instances, onWarning }: Leftovers,
  ids: ReadonlySet<string>,
): Promise<void> {
  killRuntimeProcesses(commands, ids);
  for (const id of ids) {
    try {
      await commands.delete(id);
    } catch (error) {
      onWarning(`instance ${id} of an earlier plane: ${error instanceof Error ? error.message : error}`);
    }
    for (const pid of cgroups.processes(id)) kill(pid);
    await cgroups.removeInstance(id);
    await rm(join(instances, id), { recursive: true, force: true, maxRetries: 3 });
  }
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
      ids.has(commands.instanceOf(environmentOf(pid)) ?? ''),
  );
  for (const pid of withDescendants(new Set(found.map(({ pid }) => pid)), processes)) kill(pid);
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
