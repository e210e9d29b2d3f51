/** What a process needs right after it has entered a network namespace of its own. */
import { closeSync } from 'node:fs';
import { configure, LOOPBACK_INDEX, linkUp, openNetlink } from './netlink.js';

/**
 * Brings up the loopback interface of the calling thread's network namespace, which begins without any.
 * @throws SystemCallError when the thread may not configure the namespace
 */
export function bringLoopbackUp(): void {
  const netlink = openNetlink();
  try {
    configure(netlink, [linkUp(LOOPBACK_INDEX)]);
  } finally {
    closeSync(netlink);
  }
}
