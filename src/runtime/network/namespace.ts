/** A namespace as every sandbox begins: loopback up, any port free to listen on, no way out. */
import { closeSync, writeFileSync } from 'node:fs';
import { configure, LOOPBACK_INDEX, linkUp, makeNetworkNamespace, openNetlink } from '../linux/index.js';

export interface BareNamespace {
  /** For the caller to close. */
  readonly fd: number;
  /** Configures the namespace; for the caller to close. */
  readonly netlink: number;
}

/** @throws SystemCallError, or an error of the file system where /proc/sys cannot be written */
export function makeBareNamespace(): BareNamespace {
  const { fd, result: netlink } = makeNetworkNamespace(() => {
    // There is nobody to protect port 80 from: any user may listen on it, as on Cloud Run.
    setNetworkOption('ipv4/ip_unprivileged_port_start', '0');
    noIpv6OnNewDevices(); // loopback keeps it: some servers listen on `::1` only
    return openNetlink();
  });
  try {
    configure(netlink, [linkUp(LOOPBACK_INDEX)]);
    return { fd, netlink };
  } catch (error) {
    closeSync(netlink);
    closeSync(fd);
    throw error;
  }
}

/**
 * Sets an option of the network namespace that the calling thread is in.
 * @param option below /proc/sys/net, e.g. `ipv4/ip_forward` (sysctl(8), the kernel's ip-sysctl.rst)
 */
export function setNetworkOption(option: string, value: string): void {
  writeFileSync(`/proc/sys/net/${option}`, value);
}

/** For the calling thread's namespace. */
export function noIpv6OnNewDevices(): void {
  try {
    setNetworkOption('ipv6/conf/default/disable_ipv6', '1');
  } catch (error) {
    const noIpv6AtAll = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!noIpv6AtAll) throw error;
  }
}
