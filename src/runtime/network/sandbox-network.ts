/** Makes the namespaces of sandboxes. */
import { closeSync, writeFileSync } from 'node:fs';
import { bringLoopbackUp, makeNetworkNamespace } from '../linux/index.js';
import type { ContainerNetwork } from '../types.js';
import type { SandboxNamespace, SandboxNetwork } from './types.js';

/** Any user may listen on any port: there is nobody to protect port 80 from. */
const UNPRIVILEGED_PORTS = '/proc/sys/net/ipv4/ip_unprivileged_port_start';

export interface SandboxNetworkOptions {
  /** Without it sandboxes have loopback alone. */
  readonly network: ContainerNetwork | undefined;
  readonly onWarning: (message: string) => void;
}

export function openSandboxNetwork(_options: SandboxNetworkOptions): SandboxNetwork {
  const open = new Set<SandboxNamespace>();
  return {
    create: async () => {
      const { fd } = makeNetworkNamespace(() => {
        bringLoopbackUp();
        writeFileSync(UNPRIVILEGED_PORTS, '0');
      });
      let current: number | undefined = fd;
      const namespace: SandboxNamespace = {
        path: `/proc/${process.pid}/fd/${fd}`,
        fd: () => current,
        resolvConf: '',
        hosts: [],
        close: () => {
          if (current !== undefined) closeSync(current);
          current = undefined;
          open.delete(namespace);
        },
      };
      open.add(namespace);
      return namespace;
    },
    close: async () => {
      for (const namespace of open) namespace.close();
    },
  };
}
