/** What runs on this machine, as /proc shows it. */
import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
}

/** All processes that this process namespace shows. */
export function runningProcesses(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = processStat(Number(name));
      if (stat === undefined) return []; // it has ended
      const args = fileOf(name, 'cmdline').replace(/\0$/, '').split('\0');
      return [{ pid: Number(name), parent: stat.parent, args }];
    });
}

/** A process's variables as it was started with them; none where we may not look. */
export function environmentOf(pid: number): readonly string[] {
  return fileOf(`${pid}`, 'environ').split('\0');
}

export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  /** Clock ticks after boot: with the pid it names one process for ever. */
  readonly startTime: number;
}

/** From /proc/PID/stat (proc(5)); undefined when there is no such process. */
export function processStat(pid: number): ProcessStat | undefined {
  const stat = fileOf(`${pid}`, 'stat');
  if (stat === '') return undefined;
  // The command's name in brackets may contain anything, so count from its last bracket: field 3 is next.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: Number(fields[19]) };
}

/** Whether `ancestor` has started the process, or has started who did; false once it has ended. */
export function descendsFrom(pid: number, ancestor: number): boolean {
  for (
    let each = processStat(pid)?.parent;
    each !== undefined && each > 0;
    each = processStat(each)?.parent
  ) {
    if (each === ancestor) return true;
  }
  return false;
}

/** The given processes and all that descend from them. */
export function withDescendants(
  roots: ReadonlySet<number>,
  processes: readonly RunningProcess[],
): Set<number> {
  const found = new Set(roots);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid);
  }
  return found;
}

function fileOf(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return ''; // it has ended, or is another user's
  }
}

/** SIGKILL to a process, to the process group that it leads, and to all that descends from it. */
export function killTree(pid: number | undefined): void {
  if (pid === undefined) return;
  const all = withDescendants(new Set([pid]), runningProcesses());
  kill(-pid);
  for (const each of all) kill(each);
}

/** SIGKILL to a process, or to a process group when negative; what has ended already is no error. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
