/** What a killed plane leaves: containers that run on without it, their groups and directories. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cgroups } from './cgroups.js';
import type { RuntimeCommands } from './oci-runtime.js';

export interface Leftovers {
  readonly commands: RuntimeCommands;
  readonly cgroups: Cgroups;
  readonly instances: string;
}

/** Ids of the instances of which anything exists; cheap, so that a plane's start can afford it. */
export function findInstances({ commands, cgroups, instances }: Leftovers): Set<string> {
  const found = [...entries(instances), ...entries(commands.stateRoot), ...cgroups.instances()];
  return new Set(found.filter((id) => !id.startsWith('.')));
}

/**
 * Ends and removes these instances. Mounts need no care: they ended with the mount namespace of the last process that
 * this ends.
 */
export async function reapInstances(
  { commands, cgroups, instances }: Leftovers,
  ids: ReadonlySet<string>,
): Promise<void> {
  killRuntimeProcesses(commands.mark, ids);
  for (const id of ids) {
    await commands.delete(id);
    for (const pid of cgroups.processes(id)) kill(pid);
    await cgroups.removeInstance(id);
    await rm(join(commands.stateRoot, id), { recursive: true, force: true });
    await rm(join(instances, id), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Runtime processes first: one caught half-way through a start would otherwise go on with it. */
function killRuntimeProcesses(mark: string, ids: ReadonlySet<string>): void {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const args = commandLine(name);
    if (args.includes(mark) && ids.has(args.at(-1) ?? '')) kill(Number(name));
  }
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').split('\0');
  } catch {
    return []; // it has ended
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
