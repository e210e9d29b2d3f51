/**
 * The program that holds a sandbox's network and volumes while its containers come and go: it sleeps until it is
 * killed. Kubernetes has one for the same purpose, of C
 * (https://github.com/kubernetes/kubernetes/blob/master/build/pause/linux/pause.c); this one is its two system calls.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { encodeHeader, padding } from '../layers/index.js';
import { type Layer, StartFailure } from '../types.js';

/** Where the program is in its image. */
export const HOLDER = '/hold';

interface Machine {
  /** `e_machine` of the ELF header. */
  readonly number: number;
  readonly code: readonly number[];
}

/** By Docker's names of architectures. */
const MACHINES: Readonly<Record<string, Machine>> = {
  // again: mov eax, 34 (pause); syscall; jmp again
  amd64: { number: 62, code: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  // again: mov x0..x3, 0; mov x8, 73 (ppoll); svc 0; b again
  arm64: {
    number: 183,
    code: [
      ...[0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x02, 0x00, 0x80, 0xd2, 0x03, 0x00, 0x80, 0xd2],
      ...[0x28, 0x09, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0xfa, 0xff, 0xff, 0x17],
    ],
  },
};

const HEADERS = 64 + 56;
const BASE = 0x40_0000n;
const PAGE = 0x1_0000n;

/** An executable of one segment (elf(5)). @throws StartFailure for an architecture that it is not written for */
export function holderProgram(architecture: string): Buffer {
  const machine = MACHINES[architecture];
  if (machine === undefined) {
    throw new StartFailure(`containers are run by Docker on ${Object.keys(MACHINES).join(' and ')} only`);
  }
  const size = HEADERS + machine.code.length;
  const file = Buffer.alloc(size);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian, version 1
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine.number, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BASE + BigInt(HEADERS), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers' place, and below their sizes and number
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // loaded, readable and executable, from the file's beginning
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(BASE, 80);
  file.writeBigUInt64LE(BASE, 88);
  file.writeBigUInt64LE(BigInt(size), 96);
  file.writeBigUInt64LE(BigInt(size), 104);
  file.writeBigUInt64LE(PAGE, 112);
  file.set(machine.code, HEADERS);
  return file;
}

/** A layer with the program and nothing else. @throws StartFailure as above */
export function holderLayer(architecture: string): Layer {
  const program = holderProgram(architecture);
  const header = encodeHeader({
    ...{ name: HOLDER.slice(1), type: '0', mode: 0o755, size: program.length },
    ...{ uid: 0, gid: 0, mtime: 0, linkname: '', xattrs: new Map() },
  });
  const tar = Buffer.concat([header, program, Buffer.alloc(padding(program.length)), Buffer.alloc(1024)]);
  const digest = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  return {
    digest,
    diffId: digest,
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    size: tar.length,
    open: () => Readable.from([tar]),
  };
}
