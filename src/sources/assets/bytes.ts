/** The bytes of a file in big pieces, unpacked where they are packed, and in no encoding but UTF-8. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AssetsProblem } from './problem.js';

const PIECE = 4 * 1024 * 1024;

/** Told how many bytes of the file have been read since it was last told. */
export type OnBytes = (bytes: number) => void;

/**
 * The file's contents, a piece at a time.
 * @throws AssetsProblem for a file that is not there, is cut off within gzip, or is written in UTF-16 or UTF-32
 */
export async function* piecesOf(file: string, onBytes: OnBytes = () => {}): AsyncGenerator<Buffer> {
  let first = true;
  try {
    const raw = counted(createReadStream(file, { highWaterMark: PIECE }), onBytes);
    const pieces: AsyncIterable<Buffer> = (await isGzip(file)) ? unpacked(raw) : raw;
    for await (const piece of pieces) {
      yield first ? withoutMark(piece, file) : piece;
      first = false;
    }
  } catch (error) {
    if (error instanceof AssetsProblem) throw error;
    throw new AssetsProblem(file, '', sentenceFor(error));
  }
}

async function* counted(pieces: AsyncIterable<Buffer>, onBytes: OnBytes): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    onBytes(piece.length);
    yield piece;
  }
}

/** What goes wrong on the way is thrown to whoever reads. */
function unpacked(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return pipeline(Readable.from(packed), createGunzip({ chunkSize: PIECE }), () => undefined);
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/** UTF-8's mark is left out; those of UTF-16 and UTF-32 say that the file must be converted. */
function withoutMark(piece: Buffer, file: string): Buffer {
  const [a, b, c] = piece;
  if (a === 0xef && b === 0xbb && c === 0xbf) return piece.subarray(3);
  const isWide = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || a === 0 || b === 0;
  if (isWide) {
    throw new AssetsProblem(
      file,
      '',
      'is written in UTF-16 or UTF-32; convert it to UTF-8, e.g. with iconv -f UTF-16 -t UTF-8',
    );
  }
  return piece;
}

function sentenceFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'may not be read';
  if (code === 'EISDIR') return 'is a directory';
  if (code === 'Z_BUF_ERROR') return 'is cut off: its gzip ends in the middle';
  if (code === 'Z_DATA_ERROR') return 'its gzip is broken';
  return error instanceof Error ? error.message : String(error);
}
