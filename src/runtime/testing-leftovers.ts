/** For tests: what exists outside our own process because of one data directory, so that before and after compare. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Leftovers {
  /** Processes that began as an OCI runtime's, by their arguments or environment. */
  readonly monitors: readonly { readonly pid: number; readonly id: string }[];
  /** Processes in the data directory's control groups. */
  readonly contained: readonly number[];
  /** Mounts in whatever namespace. */
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly directories: readonly string[];
}

export const NOTHING: Leftovers = { monitors: [], contained: [], mounts: [], cgroups: [], directories: [] };

export function leftovers(dataDir: string): Leftovers {
  const real = realpathSync(dataDir);
  const group = `sekisho-${createHash('sha256').update(real).digest('hex').slice(0, 12)}`;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const mounts = new Set(pids.flatMap((pid) => read(pid, 'mountinfo').split('\n')));
  return {
    monitors: pids.flatMap((pid) => {
      const id = monitored(pid, `${real}/runtime/state`);
      return id === undefined ? [] : [{ pid: Number(pid), id }];
    }),
    contained: pids.filter((pid) => read(pid, 'cgroup').includes(`/${group}/`)).map(Number),
    mounts: [...mounts].filter((line) => line.includes(real)),
    cgroups: cgroups('/sys/fs/cgroup', group),
    directories: ['instances', 'state'].flatMap((kind) =>
      entries(join(real, 'runtime', kind)).map((name) => `${kind}/${name}`),
    ),
  };
}

/** The container that a process's runtime was started for. */
function monitored(pid: string, state: string): string | undefined {
  const args = read(pid, 'cmdline').replace(/\0$/, '').split('\0');
  if (args.includes(`--root=${state}`)) return args.at(-1);
  const mark = `SEKISHO_CONTAINER=${state}/`;
  const variable = read(pid, 'environ')
    .split('\0')
    .find((each) => each.startsWith(mark));
  return variable?.slice(mark.length);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

function cgroups(root: string, group: string): string[] {
  const trees = [root, ...entries(root).map((name) => join(root, name))];
  return trees.map((tree) => join(tree, group)).filter((path) => entries(path).length > 0);
}

/** Of a directory; none for a file or what does not exist. */
function entries(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  return readdirSync(path).filter((name) => !name.startsWith('.'));
}
