/** Socket addresses in the form that system calls take. */

export const AF_INET = 2;

/**
 * A `struct sockaddr_in` (ip(7)).
 * @param address dotted, e.g. `127.0.0.1`
 */
export function inet4(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(inet4Bytes(address), 4);
  return bytes;
}

/** The four bytes of a dotted address. */
export function inet4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}
