/**
 * A private mount namespace for the calling thread and the processes it starts from then on.
 * Mounts made in it are nobody else's, and the kernel removes them when the last process in it has ended: a killed
 * plane leaves none behind.
 */
import { existsSync } from 'node:fs';
import { CLONE_NEWNS, MS_NODEV, MS_NOSUID, MS_REC, MS_SLAVE, mount, unshare } from './libc.js';

/** Where a machine with version 1 control groups mounts version 2 as well. */
export const HYBRID_CGROUP2 = '/sys/fs/cgroup/unified';

let entered = false;

/**
 * Enters the namespace; a second call does nothing. Mounts of the host keep arriving (slave propagation), ours do
 * not get out.
 * @throws SystemCallError without CAP_SYS_ADMIN
 */
export function enterPrivateMountNamespace(): void {
  if (entered) return;
  unshare(CLONE_NEWNS);
  mount('none', '/', null, MS_REC | MS_SLAVE, null);
  hideHybridCgroup2();
  entered = true;
}

/**
 * crun 1.8 refuses machines where version 2 control groups with controllers lie beside version 1, so that mount is
 * covered here by an empty file system in memory: crun then uses version 1 alone, and writes into the empty one files
 * that nobody reads. Only in a private mount namespace. (What a user namespace inherits cannot be unmounted in it.)
 * @throws SystemCallError
 */
export function hideHybridCgroup2(): void {
  if (!existsSync(`${HYBRID_CGROUP2}/cgroup.controllers`)) return;
  mount('tmpfs', HYBRID_CGROUP2, 'tmpfs', MS_NOSUID | MS_NODEV, 'size=16m,mode=755');
}
