/** Digests as OCI writes them: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests */
import { createHash, type Hash } from 'node:crypto';
import { Transform } from 'node:stream';

/** The hexadecimal part of a sha256 digest; undefined for anything else. */
export function sha256Hex(digest: string): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
}

/** Passes bytes through unchanged and keeps count of them. */
export class Meter extends Transform {
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Call once, when the stream has ended. */
  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: null, chunk: Buffer) => void,
  ): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    done(null, chunk);
  }
}
