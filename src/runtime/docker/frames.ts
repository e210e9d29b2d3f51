/** The streams of an attached container: standard output and error over one connection, in frames. */
import type { Readable } from 'node:stream';
import { LineSplitter } from '../oci/output-lines.js';
import type { ContainerSpec } from '../types.js';

/** A frame's header: one byte says which stream, three are zero, four count the bytes that follow, big-endian. */
const HEADER_BYTES = 8;

/**
 * Takes the frames apart again, however the connection has cut them
 * (https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach).
 */
export class Demultiplexer {
  #header = Buffer.alloc(0);
  #stream: 'stdout' | 'stderr' = 'stdout';
  #remaining = 0;

  constructor(readonly deliver: (stream: 'stdout' | 'stderr', bytes: Buffer) => void) {}

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#remaining > 0 ? this.#takeBytes(rest) : this.#takeHeader(rest);
  }

  #takeBytes(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#remaining);
    this.#remaining -= part.length;
    this.deliver(this.#stream, part);
    return chunk.subarray(part.length);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout';
      this.#remaining = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return chunk.subarray(missing);
  }
}

/** Delivers lines until the connection ends, whichever way: what was said until then is complete. */
export async function readOutput(connection: Readable, deliver: ContainerSpec['onOutput']): Promise<void> {
  const lines = {
    stdout: new LineSplitter((line) => deliver('stdout', line)),
    stderr: new LineSplitter((line) => deliver('stderr', line)),
  };
  const frames = new Demultiplexer((stream, bytes) => lines[stream].push(bytes));
  try {
    for await (const chunk of connection) frames.push(chunk as Buffer);
  } catch {
    // The daemon has gone: whoever waits for the container's end notices, too.
  }
  lines.stdout.end();
  lines.stderr.end();
}
