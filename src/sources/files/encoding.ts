/** Text in UTF-8, from what its first bytes say it is in. PowerShell writes UTF-16 where output goes to a file. */
import { TextDecoder } from 'node:util';
import { UnreadableFile } from './unreadable.js';

type Encoding = 'utf-16le' | 'utf-16be';

/**
 * UTF-16 is turned into UTF-8, and UTF-8's mark left out. Other bytes are handed on as they are.
 * @param pieces four bytes or more in the first, unless there are no more at all
 * @throws UnreadableFile for UTF-32, and for what is not UTF-16 though it begins so
 */
export async function* inUtf8(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let begun = false;
  for await (const piece of pieces) {
    const encoding = begun ? undefined : encodingOf(piece);
    if (encoding !== undefined) decoder = new TextDecoder(encoding, { fatal: true });
    const bytes = begun ? piece : withoutMark(piece);
    begun = true;
    yield decoder ? Buffer.from(decoded(() => decoder?.decode(bytes, { stream: true }))) : bytes;
  }
  const rest = decoded(() => decoder?.decode());
  if (rest !== '') yield Buffer.from(rest);
}

function decoded(decode: () => string | undefined): string {
  try {
    return decode() ?? '';
  } catch (error) {
    throw new UnreadableFile('is not UTF-16, though it begins so, or is cut off', { cause: error });
  }
}

/** By the mark at the beginning, or by where the zeros of an ASCII character are (RFC 4627, 3). */
function encodingOf([a, b, c, d]: Buffer): Encoding | undefined {
  const isWide = (a === 0 && b === 0) !== (c === 0 && d === 0);
  if (isWide)
    throw new UnreadableFile('is written in UTF-32; convert it, e.g. with iconv -f UTF-32 -t UTF-8');
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0)) return 'utf-16le';
  return (a === 0xfe && b === 0xff) || a === 0 ? 'utf-16be' : undefined;
}

const withoutMark = (piece: Buffer): Buffer =>
  piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? piece.subarray(3) : piece;
