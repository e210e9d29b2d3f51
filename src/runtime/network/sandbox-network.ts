/** Hands out namespaces, some of which it has made beforehand: making one takes about two milliseconds. */
import { closeSync } from 'node:fs';
import { SystemCallError } from '../linux/index.js';
import type { ContainerNetwork } from '../types.js';
import { METADATA_ADDRESS, METADATA_HOSTS } from './addresses.js';
import { Gateway } from './gateway.js';
import { makeBareNamespace } from './namespace.js';
import type { SandboxNamespace, SandboxNetwork } from './types.js';

export interface SandboxNetworkOptions {
  /** Without it sandboxes have loopback alone. */
  readonly network: ContainerNetwork | undefined;
  readonly onWarning: (message: string) => void;
}

const SPARES = 2;
/** Spares are made when nothing has been asked for this long (ms), because a container is probably starting now. */
const QUIET_MS = 100;

/** A namespace that nobody has yet. */
interface Made {
  readonly fd: number;
  /** How it is known to the gateway; undefined when it is not connected. */
  readonly number: number | undefined;
}

/** Sets nothing up until the first namespace is asked for. */
export function openSandboxNetwork(options: SandboxNetworkOptions): SandboxNetwork {
  return new Network(options);
}

class Network implements SandboxNetwork {
  readonly #open = new Set<SandboxNamespace>();
  readonly #spares: Made[] = [];
  #quiet: NodeJS.Timeout | undefined;
  #gateway: Gateway | undefined;
  /** Why sandboxes are not connected; undefined while they are, or shall be. */
  #unconnected: string | undefined;
  #hasConnected = false;
  #closed = false;

  constructor(private readonly options: SandboxNetworkOptions) {
    if (options.network === undefined) this.#unconnected = 'nothing serves it';
  }

  async create(sandbox: string): Promise<SandboxNamespace> {
    if (this.#closed) throw new Error('the network of sandboxes has been closed');
    const made = this.#spares.pop() ?? this.#make();
    this.#makeSparesSoon();
    return this.#handOut(sandbox, made);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#quiet);
    for (const namespace of [...this.#open]) namespace.close();
    for (const { fd } of this.#spares.splice(0)) closeSync(fd);
    const gateway = this.#gateway;
    this.#gateway = undefined;
    await gateway?.close();
  }

  #handOut(sandbox: string, { fd, number }: Made): SandboxNamespace {
    if (number !== undefined) this.#gateway?.admit(number, sandbox);
    let current: number | undefined = fd;
    const namespace: SandboxNamespace = {
      path: `/proc/${process.pid}/fd/${fd}`,
      fd: () => current,
      ...(number === undefined ? unconnectedFiles(this.#unconnected ?? '') : CONNECTED_FILES),
      close: () => {
        if (current === undefined) return;
        current = undefined;
        if (number !== undefined) this.#gateway?.release(number);
        closeSync(fd);
        this.#open.delete(namespace);
      },
    };
    this.#open.add(namespace);
    return namespace;
  }

  #make(): Made {
    if (this.#unconnected === undefined) {
      try {
        const made = this.#makeConnected();
        this.#hasConnected = true;
        return made;
      } catch (error) {
        // Where it has worked once, it is this namespace's failure, and not what the machine cannot do.
        if (this.#hasConnected || !isNetlinkFailure(error)) throw error;
        this.#giveUp(error.message);
      }
    }
    const { fd, netlink } = makeBareNamespace();
    closeSync(netlink);
    return { fd, number: undefined };
  }

  #makeConnected(): Made {
    const { network, onWarning } = this.options;
    if (network === undefined) throw new Error('there is no network to connect to');
    this.#gateway ??= Gateway.open({ network, onWarning });
    const bare = makeBareNamespace();
    try {
      return { fd: bare.fd, number: this.#gateway.join(bare) };
    } catch (error) {
      closeSync(bare.fd);
      throw error;
    } finally {
      closeSync(bare.netlink);
    }
  }

  #giveUp(reason: string): void {
    this.#unconnected = reason;
    void this.#gateway?.close();
    this.#gateway = undefined;
    this.options.onWarning(
      `containers will find neither the metadata server nor Google's APIs, because this machine cannot connect them: ${reason}`,
    );
  }

  #makeSparesSoon(): void {
    clearTimeout(this.#quiet);
    if (this.#spares.length >= SPARES) return;
    this.#quiet = setTimeout(() => {
      try {
        this.#spares.push(this.#make());
      } catch {
        return; // `create` will try again, and say why it fails
      }
      this.#makeSparesSoon();
    }, QUIET_MS).unref();
  }
}

const CONNECTED_FILES = {
  resolvConf: `nameserver ${METADATA_ADDRESS}\n`,
  hosts: [`${METADATA_ADDRESS} ${METADATA_HOSTS.join(' ')}`],
};

/** A name server that refuses at once: look-ups fail within milliseconds, not after five seconds for each attempt. */
function unconnectedFiles(reason: string): Pick<SandboxNamespace, 'resolvConf' | 'hosts'> {
  const comment = `# There is no name server, and no metadata server: ${reason}`;
  return { resolvConf: `${comment}\nnameserver 127.0.0.1\noptions timeout:1 attempts:1\n`, hosts: [] };
}

function isNetlinkFailure(error: unknown): error is SystemCallError {
  return error instanceof SystemCallError && error.syscall === 'rtnetlink';
}
