/** For tests that run as root: an ordinary user who is there for the time of a test, and nothing of whom stays. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { processStat, runningProcesses } from './linux/index.js';

const CHECKOUT = resolve(import.meta.dirname, '../..');

/** Of the package passwd. */
const ADD_USER = 'useradd';
const REMOVE_USER = 'userdel';

export interface OrdinaryUser {
  readonly uid: number;
  readonly home: string;
  /**
   * Words before `node FILE …` that make this user run it. Node.js and the checkout appear in the user's home, in a
   * mount namespace, for where they are they may be out of the user's reach.
   */
  readonly prefix: readonly string[];
  /** The user's processes, and those of the user's subordinate ids. */
  processes(): number[];
  /** Kills what still runs, and removes the user and the home. */
  remove(): void;
}

const ENTER = `
  checkout=$1 home=$2 user=$3 node=$4 file=$5; shift 5
  mount --bind "$checkout" "$home/checkout" && mount --bind "$node" "$home/node" || exit 1
  case $file in "$checkout"/*) file=$home/checkout\${file#"$checkout"} ;; esac
  export HOME="$home" XDG_RUNTIME_DIR= XDG_DATA_HOME=
  exec setpriv --reuid="$user" --regid="$user" --clear-groups "$home/node" "$file" "$@"
`;

/** @param ids `many`: with a range of subordinate ids in /etc/subuid and /etc/subgid */
export function addOrdinaryUser(ids: 'many' | 'one'): OrdinaryUser {
  const home = mkdtempSync(join(tmpdir(), 'sekisho-user-'));
  const name = `sekisho-${process.pid}-${ids}`;
  const system = ids === 'many' ? ['--system', '--add-subids-for-system'] : ['--system'];
  execFileSync(ADD_USER, [...system, '--no-create-home', '--home-dir', home, name]);
  const uid = idOf('-u', name);
  chownSync(home, uid, idOf('-g', name));
  mkdirSync(join(home, 'checkout'));
  writeFileSync(join(home, 'node'), '');
  const [first, count] = subordinate(name);
  const processes = () =>
    runningProcesses()
      .filter(({ pid }) => {
        if (processStat(pid)?.state === 'Z') return false; // ended; whoever inherited it has not asked yet
        const owner = ownerOf(pid);
        return owner === uid || (owner >= first && owner < first + count);
      })
      .map(({ pid }) => pid);
  const enter = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh'];
  return {
    uid,
    home,
    prefix: [...enter, CHECKOUT, home, name],
    processes,
    remove: () => {
      for (const pid of processes()) process.kill(pid, 'SIGKILL');
      execFileSync(REMOVE_USER, ['--force', name], { stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function idOf(which: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [which, name], { encoding: 'utf8' }));
}

/** The user's range in /etc/subuid; an empty one where there is none. */
function subordinate(name: string): readonly [first: number, count: number] {
  const line = readFileSync('/etc/subuid', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  const [, first = '0', count = '0'] = (line ?? '').split(':');
  return [Number(first), Number(count)];
}

/** The real user id; -1 when the process has ended. */
function ownerOf(pid: number): number {
  try {
    return Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? -1);
  } catch {
    return -1;
  }
}
