/** Who a container runs as: the image config's User, looked up in the image's own files. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { openInRoot, SystemCallError } from '../linux/index.js';
import { StartFailure } from '../types.js';

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** Holds `gid` as well: a process that gives up its group must not gain what was denied to it (CVE-2022-36109). */
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** The texts of the image's /etc/passwd and /etc/group; empty where there is none. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const MAX_ID = 2 ** 32 - 2;
const MAX_FILE = 4 * 1024 * 1024;

/**
 * `user`, `uid`, `user:group`, `uid:gid`, `uid:group` or `user:gid`
 * (https://github.com/opencontainers/image-spec/blob/main/config.md, `User`). Without a group it is the user's own
 * group, with its further groups; a number needs no entry in /etc/passwd.
 * @throws StartFailure when a name is not in the image
 */
export function resolveUser(spec: string | undefined, files: AccountFiles): ContainerUser {
  const [userPart = '', groupPart] = (spec ?? '').split(':', 2);
  const user = userPart === '' ? '0' : userPart;
  const account = accounts(files.passwd).find((each) => each.name === user || `${each.uid}` === user);
  const uid = account?.uid ?? numeric(user);
  if (uid === undefined)
    throw new StartFailure(`unable to find user ${user}: no matching entries in passwd file`);
  const home = account?.home || '/';
  if (groupPart === undefined || groupPart === '') {
    const gid = account?.gid ?? 0;
    const others = account === undefined ? [] : memberships(files.group, account.name);
    return { uid, gid, additionalGids: [...new Set([gid, ...others])], home };
  }
  const gid = groups(files.group).find((each) => each.name === groupPart)?.gid ?? numeric(groupPart);
  if (gid === undefined) {
    throw new StartFailure(`unable to find group ${groupPart}: no matching entries in group file`);
  }
  return { uid, gid, additionalGids: [gid], home };
}

/** Reads the account files as the container would see them: no link leads out of `root`. */
export function readAccountFiles(root: string): AccountFiles {
  const rootFd = openSync(root, 'r');
  try {
    return { passwd: readInRoot(rootFd, 'etc/passwd'), group: readInRoot(rootFd, 'etc/group') };
  } finally {
    closeSync(rootFd);
  }
}

function readInRoot(rootFd: number, path: string): string {
  let fd: number;
  try {
    fd = openInRoot(rootFd, path);
  } catch (error) {
    if (error instanceof SystemCallError && ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(error.code))
      return '';
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= MAX_FILE ? readFileSync(fd, 'utf8') : '';
  } finally {
    closeSync(fd);
  }
}

function* lines(text: string): Generator<string[]> {
  for (const line of text.split('\n')) if (line !== '' && !line.startsWith('#')) yield line.split(':');
}

function accounts(passwd: string): { name: string; uid: number; gid: number; home: string }[] {
  return [...lines(passwd)].flatMap(([name, , uidText = '', gidText = '', , home = '']) => {
    const uid = numeric(uidText);
    const gid = numeric(gidText);
    return name === undefined || uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home }];
  });
}

function groups(group: string): { name: string; gid: number; members: string[] }[] {
  return [...lines(group)].flatMap(([name, , gidText = '', members = '']) => {
    const gid = numeric(gidText);
    return name === undefined || gid === undefined ? [] : [{ name, gid, members: members.split(',') }];
  });
}

function memberships(group: string, name: string): number[] {
  return groups(group)
    .filter((each) => each.members.includes(name))
    .map((each) => each.gid);
}

function numeric(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value <= MAX_ID ? value : undefined;
}
