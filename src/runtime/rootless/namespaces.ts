/** How an ordinary user gets namespaces in which it may mount: by util-linux's unshare(1). */
import { existsSync, readFileSync } from 'node:fs';
import type { Footing } from '../footing.js';
import { describeEnd, findProgram, runProgram } from '../linux/index.js';

export type Namespaces =
  | {
      readonly kind: 'usable';
      readonly footing: Footing;
      /** The words before a command that run it in the namespaces. */
      readonly command: readonly string[];
      /** Why there is only one id, and the command that brings more; undefined when there are many. */
      readonly lacking: string | undefined;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

/**
 * A process namespace among them, so that the kernel ends every container when its first process ends, and a network
 * namespace, so that this process may come back from those of the containers: to the machine's own it could not.
 */
const NAMESPACES = [
  ...['--user', '--map-root-user', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--net'],
];
/** Needs newuidmap(1) and a range in /etc/subuid; util-linux 2.38. */
const MANY_IDS = '--map-auto';

/** What a container will need: memory, and layers upon each other (Linux 5.11). */
const TRIAL = [
  ...['mount -t tmpfs none /tmp', 'cd /tmp', 'mkdir lower upper work merged'],
  'mount -t overlay none -o userxattr,lowerdir=lower,upperdir=upper,workdir=work merged',
].join(' && ');

/** For messages: what gives an ordinary user more than one id. */
export const MANY_IDS_COMMAND =
  'sudo apt-get install uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"';

/** Tries the namespaces out, the better first; takes some ten milliseconds. */
export async function findNamespaces(limitMs: number): Promise<Namespaces> {
  const unshare = findProgram('unshare');
  if (unshare === undefined)
    return { kind: 'unusable', reason: 'unshare is missing (apt-get install util-linux)' };
  const attempt = async (more: readonly string[]): Promise<string | undefined> => {
    const end = await runProgram(unshare, [...NAMESPACES, ...more, '--', 'sh', '-c', TRIAL], { limitMs });
    return end.kind === 'exited' && end.code === 0 ? undefined : `${unshare} ${describeEnd(end, limitMs)}`;
  };
  const helpers = ['newuidmap', 'newgidmap'].filter((name) => findProgram(name) === undefined);
  const refused = helpers.length > 0 ? `${helpers.join(' and ')} missing` : await attempt([MANY_IDS]);
  if (refused === undefined) {
    const command = [unshare, ...NAMESPACES, MANY_IDS, '--'];
    return { kind: 'usable', footing: { kind: 'namespace', ids: 'many' }, command, lacking: undefined };
  }
  const failure = await attempt([]);
  if (failure !== undefined) return { kind: 'unusable', reason: `${failure}${remedy()}` };
  return {
    kind: 'usable',
    footing: { kind: 'namespace', ids: 'one' },
    command: [unshare, ...NAMESPACES, '--'],
    lacking: `${refused} (${MANY_IDS_COMMAND})`,
  };
}

/** Settings with which systems keep user namespaces from ordinary users, and their values that do. */
const SWITCHES: readonly (readonly [file: string, closed: string, command: string])[] = [
  ['kernel/unprivileged_userns_clone', '0', 'sudo sysctl -w kernel.unprivileged_userns_clone=1'],
  [
    'kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
  ['user/max_user_namespaces', '0', 'sudo sysctl -w user.max_user_namespaces=10000'],
];

/** The command that allows user namespaces, where a setting forbids them. */
export function namespaceSwitch(): string | undefined {
  return SWITCHES.find(([file, closed]) => {
    const path = `/proc/sys/${file}`;
    return existsSync(path) && readFileSync(path, 'utf8').trim() === closed;
  })?.[2];
}

function remedy(): string {
  const command = namespaceSwitch();
  return command === undefined ? '' : ` (${command})`;
}
