/**
 * The other end of every sandbox's network: one namespace in which the metadata server, DNS and the plane have their
 * addresses and listen. Not in the sandboxes themselves, because there a container may listen on all addresses, port
 * 80 too. Each sandbox has a cable of its own to here (a pair of virtual Ethernet devices, veth(4)) and routes to
 * those addresses alone. Nothing is forwarded, so there is no way from one sandbox to another, or out. Who has opened
 * a connection is known by its source address, which strict reverse path filtering ties to the cable.
 *
 * All of it is held by this process's descriptors: when it ends, however that comes about, the kernel removes it.
 */
import { closeSync } from 'node:fs';
import {
  address,
  configure,
  LOOPBACK_INDEX,
  linkUp,
  makeNetworkNamespace,
  openNetlink,
  route,
  vethPair,
} from '../linux/index.js';
import { GOOGLE_ADDRESS, METADATA_ADDRESS, SANDBOX_NUMBERS, sandboxAddress } from './addresses.js';
import { type ListenerOptions, Listeners } from './listeners.js';
import { type BareNamespace, noIpv6OnNewDevices, setNetworkOption } from './namespace.js';

/** Interfaces get numbers, so that nobody has to ask for them; the kernel's own begin with 1. */
const SANDBOX_INDEX = 1_000;
const GATEWAY_INDEX_BASE = 1_000;

const GATEWAY_ADDRESSES = [METADATA_ADDRESS, GOOGLE_ADDRESS];

/**
 * A new namespace takes over the machine's IPv4 settings (devconf_inherit_init_net, in the kernel's
 * admin-guide/sysctl/net.rst), so those that matter are set: nothing is forwarded, a packet's source must be where
 * the route to it leads, and the addresses on loopback are answered for on every cable.
 */
const GATEWAY_SETTINGS: readonly (readonly [setting: string, value: string])[] = [
  ['forwarding', '0'],
  ['rp_filter', '1'],
  ['accept_local', '0'],
  ['route_localnet', '0'],
  ['proxy_arp', '0'],
  ['arp_ignore', '0'],
  ['arp_filter', '0'],
  ['arp_announce', '0'],
];

export class Gateway {
  readonly #used = new Set<number>();
  #last = 0;

  private constructor(
    private readonly namespace: number,
    private readonly netlink: number,
    private readonly listeners: Listeners,
  ) {}

  /** @throws SystemCallError, or an error of the file system where /proc/sys cannot be written */
  static open(options: ListenerOptions): Gateway {
    const { fd, result: netlink } = makeNetworkNamespace(() => {
      for (const [setting, value] of GATEWAY_SETTINGS) {
        for (const devices of ['all', 'default']) {
          setNetworkOption(`ipv4/conf/${devices}/${setting}`, value);
        }
      }
      noIpv6OnNewDevices();
      return openNetlink();
    });
    try {
      const addresses = GATEWAY_ADDRESSES.map((each) => address(LOOPBACK_INDEX, each));
      configure(netlink, [linkUp(LOOPBACK_INDEX), ...addresses]);
      return new Gateway(fd, netlink, Listeners.open(fd, options));
    } catch (error) {
      closeSync(netlink);
      closeSync(fd);
      throw error;
    }
  }

  /**
   * Lays the cable. It goes when the namespace does; the number is the sandbox's until `release`.
   * @throws SystemCallError
   */
  join({ fd, netlink }: BareNamespace): number {
    const number = this.#nextNumber();
    const index = GATEWAY_INDEX_BASE + number;
    const own = sandboxAddress(number);
    const sandboxEnd = { name: 'eth0', index: SANDBOX_INDEX };
    configure(this.netlink, [vethPair({ name: `s${number}`, index }, sandboxEnd, fd), route(index, own)]);
    const routes = GATEWAY_ADDRESSES.map((each) => route(SANDBOX_INDEX, each));
    configure(netlink, [linkUp(SANDBOX_INDEX), address(SANDBOX_INDEX, own), ...routes]);
    this.#used.add(number);
    return number;
  }

  /** Connections that come by this cable are the sandbox's. */
  admit(number: number, sandbox: string): void {
    this.listeners.admit(sandboxAddress(number), sandbox);
  }

  /** Ends its connections. */
  release(number: number): void {
    this.listeners.dismiss(sandboxAddress(number));
    this.#used.delete(number);
  }

  async close(): Promise<void> {
    closeSync(this.netlink);
    closeSync(this.namespace);
    await this.listeners.close();
  }

  /** In turn, so that one that was in use a moment ago, which the kernel may not have cleared away, is not taken. */
  #nextNumber(): number {
    do this.#last = (this.#last % SANDBOX_NUMBERS) + 1;
    while (this.#used.has(this.#last));
    return this.#last;
  }
}
