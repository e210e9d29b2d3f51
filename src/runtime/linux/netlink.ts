/**
 * Network configuration by rtnetlink(7), as much as sandboxes need: pairs of virtual Ethernet devices, addresses,
 * routes. Numbers are from `<linux/rtnetlink.h>`, `<linux/if_link.h>`, `<linux/if_addr.h>` and `<linux/veth.h>`; they,
 * and the byte order written here, are those of every machine that Node.js's Linux binaries run on.
 */
import { errorName, O_CLOEXEC, O_NONBLOCK, SystemCallError, sockets } from './libc.js';
import { AF_INET, inet4Bytes } from './socket-address.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const NLMSG_ERROR = 2;
const NLM_F_REQUEST_ACK = 0x5;
const NLM_F_CREATE_EXCL = 0x600;
const HEADER_BYTES = 16;

const IFF_UP = 1;
const IFLA_IFNAME = 3;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_NET_NS_FD = 28;
const IFLA_NUM_TX_QUEUES = 31;
const IFLA_NUM_RX_QUEUES = 32;
const NLA_F_NESTED = 0x8000;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

const RTA_DST = 1;
const RTA_OIF = 4;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;

/** The index of a network namespace's loopback interface. */
export const LOOPBACK_INDEX = 1;

/** One request to the kernel, without its header. */
export interface NetlinkRequest {
  /** For error messages, e.g. `add the address 10.0.0.1`. */
  readonly what: string;
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** One end of a pair of virtual Ethernet devices. */
export interface LinkEnd {
  readonly name: string;
  /** Its number in its namespace; fails where it is taken. */
  readonly index: number;
}

/** Brings an interface up; one that is up already stays so. */
export function linkUp(index: number): NetlinkRequest {
  return {
    what: `bring interface ${index} up`,
    type: RTM_NEWLINK,
    flags: 0,
    body: linkHeader(index, IFF_UP),
  };
}

/**
 * A pair of connected devices, the first up, the other to be brought up (it cannot begin so): one in the namespace of the socket that sends this, the other in the one that
 * the descriptor refers to. Both are gone when either namespace is.
 */
export function vethPair(here: LinkEnd, there: LinkEnd, namespace: number): NetlinkRequest {
  const peer = Buffer.concat([linkEnd(there, 0), attribute(IFLA_NET_NS_FD, u32(namespace))]);
  const info = [
    attribute(IFLA_INFO_KIND, Buffer.from('veth')),
    nested(IFLA_INFO_DATA, [nested(VETH_INFO_PEER, [peer])]),
  ];
  return {
    what: 'make a pair of virtual Ethernet devices (veth)',
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE_EXCL,
    body: Buffer.concat([linkEnd(here, IFF_UP), nested(IFLA_LINKINFO, info)]),
  };
}

/** Gives an interface an address that has no network of its own (/32). */
export function address(index: number, dotted: string): NetlinkRequest {
  const header = Buffer.alloc(8); // struct ifaddrmsg
  header.writeUInt8(AF_INET, 0);
  header.writeUInt8(32, 1);
  header.writeUInt32LE(index, 4);
  const bytes = inet4Bytes(dotted);
  return {
    what: `add the address ${dotted}`,
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE_EXCL,
    body: Buffer.concat([header, attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes)]),
  };
}

/** Sends what goes to one address out by an interface, at whose other end it is. */
export function route(index: number, dotted: string): NetlinkRequest {
  const header = Buffer.alloc(12); // struct rtmsg
  header.set([AF_INET, 32, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_LINK, RTN_UNICAST]);
  return {
    what: `add a route to ${dotted}`,
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE_EXCL,
    body: Buffer.concat([header, attribute(RTA_DST, inet4Bytes(dotted)), attribute(RTA_OIF, u32(index))]),
  };
}

/**
 * A socket to configure the calling thread's network namespace, also later and from elsewhere.
 * @returns its descriptor, for the caller to close
 */
export function openNetlink(): number {
  return sockets.open(AF_NETLINK, SOCK_RAW | O_CLOEXEC | O_NONBLOCK, NETLINK_ROUTE);
}

/**
 * Has the kernel carry out the requests, in order; when it returns they have been.
 * @throws SystemCallError for the first that fails; those after it are tried all the same
 */
export function configure(netlink: number, requests: readonly NetlinkRequest[]): void {
  sockets.send(netlink, Buffer.concat(requests.map(message)));
  const reply = Buffer.alloc(4096);
  let failure: SystemCallError | undefined;
  for (const request of requests) {
    sockets.recv(netlink, reply); // the kernel has answered each before send(2) returned
    const errno = acknowledged(reply);
    if (errno !== 0) failure ??= new SystemCallError('rtnetlink', errno, errorName(errno), request.what);
  }
  if (failure !== undefined) throw failure;
}

/** The errno in the answer to a request; 0 when it was carried out. */
function acknowledged(reply: Buffer): number {
  const type = reply.readUInt16LE(4);
  if (type !== NLMSG_ERROR) throw new Error(`rtnetlink answered with a message of type ${type}`);
  return -reply.readInt32LE(HEADER_BYTES);
}

function message({ type, flags, body }: NetlinkRequest): Buffer {
  const header = Buffer.alloc(HEADER_BYTES); // struct nlmsghdr; sequence and port number may be 0
  header.writeUInt32LE(HEADER_BYTES + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(NLM_F_REQUEST_ACK | flags, 6);
  return Buffer.concat([header, body]);
}

function linkEnd({ name, index }: LinkEnd, state: number): Buffer {
  return Buffer.concat([
    linkHeader(index, state),
    attribute(IFLA_IFNAME, Buffer.from(`${name}\0`)),
    attribute(IFLA_NUM_TX_QUEUES, u32(1)),
    attribute(IFLA_NUM_RX_QUEUES, u32(1)),
  ]);
}

/** `struct ifinfomsg`. */
function linkHeader(index: number, state: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(state, 8);
  header.writeUInt32LE(IFF_UP, 12); // the flags that are meant
  return header;
}

function nested(type: number, attributes: readonly Buffer[]): Buffer {
  return attribute(type | NLA_F_NESTED, Buffer.concat(attributes));
}

/** `struct rtattr` and its value, filled up to a multiple of four bytes. */
function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
