/** The bytes of a file in big pieces: unpacked where they are packed, and in UTF-8 whatever they were written in. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { inUtf8 } from './encoding.js';
import { UnreadableFile } from './unreadable.js';

export { UnreadableFile } from './unreadable.js';

const PIECE = 256 * 1024;

/** Told how many bytes have been read since it was last told, before they are unpacked. */
export type OnBytes = (bytes: number) => void;

export interface PiecesOptions {
  readonly onBytes?: OnBytes | undefined;
  /** Bytes in a piece, about; 256 KB when left out. */
  readonly size?: number;
}

/**
 * A file's contents, a piece at a time.
 * @throws UnreadableFile for a file that is not there, and all that contentsOf() throws it for
 */
export function piecesOf(file: string, options: PiecesOptions = {}): AsyncGenerator<Buffer> {
  return contentsOf(createReadStream(file, { highWaterMark: options.size ?? PIECE }), options);
}

/**
 * As piecesOf(), of whatever is written to this process.
 * @throws UnreadableFile for gzip that is cut off or damaged, and text that is not in the encoding that it begins in
 */
export async function* contentsOf(
  source: AsyncIterable<Buffer | string>,
  { onBytes = () => {}, size = PIECE }: PiecesOptions = {},
): AsyncGenerator<Buffer> {
  try {
    const counted = started(source, onBytes);
    const first = await counted.next();
    if (first.done === true) return;
    const whole = joined(first.value, counted);
    const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
    yield* inUtf8(isGzip ? started(gunzipped(whole, size)) : whole);
  } catch (error) {
    throw UnreadableFile.from(error);
  }
}

/** Without empty pieces, and at least four bytes in the first where there are any: enough to tell what it is. */
async function* started(
  source: AsyncIterable<Buffer | string>,
  onBytes: OnBytes = () => {},
): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const piece of source) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    onBytes(bytes.length);
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    if (held.length === 0 || (!begun && held.length < 4)) continue;
    begun = true;
    yield held;
    held = Buffer.alloc(0);
  }
  if (held.length > 0) yield held;
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/**
 * Several packed files behind one another are one (RFC 1952, 2.2). By pipeline(), which hands an error anywhere to
 * whoever reads the last stream: one that is piped or composed by hand waits for ever where the file is cut off.
 */
function gunzipped(packed: AsyncIterable<Buffer>, size: number): AsyncIterable<Buffer> {
  const source = Readable.from(packed, { objectMode: false, highWaterMark: size });
  return pipeline(source, createGunzip({ chunkSize: size }), () => {});
}
