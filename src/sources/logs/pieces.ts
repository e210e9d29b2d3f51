/** The bytes of a log in big pieces: unpacked where they are packed, and in UTF-8 whatever they were written in. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';

const PIECE = 1024 * 1024;

/** Told how many bytes have been read since it was last told, before they are unpacked. */
export type OnBytes = (bytes: number) => void;

/** A piece at a time. The stream's own errors are thrown, and those of a packed file that is cut off or damaged. */
export async function* piecesOf(file: string, onBytes: OnBytes = () => {}): AsyncGenerator<Buffer> {
  yield* unpacked(createReadStream(file, { highWaterMark: PIECE }), onBytes);
}

/** As piecesOf(), of whatever is written to this process. */
export async function* unpacked(
  source: AsyncIterable<Buffer | string>,
  onBytes: OnBytes = () => {},
): AsyncGenerator<Buffer> {
  const counted = started(source, onBytes);
  const first = await counted.next();
  if (first.done === true) return;
  const whole = joined(first.value, counted);
  const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
  yield* inUtf8(isGzip ? gunzipped(whole) : whole);
}

/** Without empty pieces, and at least four bytes in the first where there are any: enough to tell what it is. */
async function* started(source: AsyncIterable<Buffer | string>, onBytes: OnBytes): AsyncGenerator<Buffer> {
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

/** Several packed files behind one another are one (RFC 1952, 2.2). */
function gunzipped(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const source = Readable.from(packed, { objectMode: false, highWaterMark: PIECE });
  // Whoever reads the last of them is told of errors in any.
  return pipeline(source, createGunzip({ chunkSize: PIECE }), () => {});
}

/** By the mark at the beginning. PowerShell writes UTF-16 where a command's output goes to a file. */
async function* inUtf8(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let begun = false;
  for await (const piece of pieces) {
    if (!begun) decoder = decoderFor(piece);
    const bytes = begun || decoder ? piece : withoutMark(piece);
    begun = true;
    yield decoder ? Buffer.from(decoder.decode(bytes, { stream: true })) : bytes;
  }
}

function decoderFor([a, b]: Buffer): TextDecoder | undefined {
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le');
  return a === 0xfe && b === 0xff ? new TextDecoder('utf-16be') : undefined;
}

const withoutMark = (piece: Buffer): Buffer =>
  piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? piece.subarray(3) : piece;
