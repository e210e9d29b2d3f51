/** The lines of a file, one value each: read here, or by others side by side, but taken in their order. */
import { AssetsProblem } from './problem.js';
import { type Range, RangeReader, type TooLong, upToLongest } from './range.js';
import { type OnRecord, readBatch } from './values.js';

/** Takes in what was read elsewhere, and says how many lines that were. */
export type TakeLines = () => number;

/** Whoever reads lines elsewhere. What is given first counts as read first. */
export interface Elsewhere {
  /** How many batches it takes at once. */
  readonly depth: number;
  /**
   * @param batch whole lines, in memory that is given away
   * @returns the bytes, where they are to be read here
   */
  batch(batch: Buffer): Promise<TakeLines | Buffer>;
  range(range: Range): Promise<TakeLines | 'unread'>;
}

/** "The maximum size of an asset" is nowhere said; what is longer than this is no asset. */
export const MAX_LINE = 64 * 1024 * 1024;
/** Bytes that are read at a time where it is chosen here. */
const RANGE = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Lines to come; a range is read once it is its turn. */
type Coming = TakeLines | Buffer | Range | TooLong;

/** On its way: not a promise itself, which generators would wait for. */
interface OnItsWay {
  readonly coming: Promise<Coming>;
}

/** @throws AssetsProblem naming the line that is no JSON, cut off or too long */
export async function readLines(
  file: string,
  pieces: AsyncIterable<Buffer>,
  onRecord: OnRecord,
  elsewhere?: Elsewhere,
): Promise<void> {
  await inOrder(file, given(pieces, elsewhere), onRecord, elsewhere?.depth ?? 0);
}

/**
 * The same of a file whose bytes are the lines as they lie there.
 * @param size how many bytes
 * @param onBytes told how many are done with
 * @throws AssetsProblem as readLines(), and what reading throws
 */
export async function readRanges(
  file: string,
  size: number,
  onRecord: OnRecord,
  elsewhere: Elsewhere,
  onBytes: (bytes: number) => void,
): Promise<void> {
  async function* ranges(): AsyncGenerator<OnItsWay> {
    for (let start = 0; start < size; start += RANGE) {
      const range = { file, start, end: Math.min(size, start + RANGE) };
      const coming = elsewhere.range(range).then((read) => {
        onBytes(range.end - start);
        return read === 'unread' ? range : read;
      });
      yield { coming };
    }
  }
  await inOrder(file, ranges(), onRecord, elsewhere.depth);
}

async function* given(
  pieces: AsyncIterable<Buffer>,
  elsewhere: Elsewhere | undefined,
): AsyncGenerator<OnItsWay> {
  for await (const batch of lineBatches(pieces)) {
    const isHere = !Buffer.isBuffer(batch) || elsewhere === undefined;
    yield { coming: isHere ? Promise.resolve(batch) : elsewhere.batch(batch) };
  }
}

/** @param depth how many may be on their way */
async function inOrder(
  file: string,
  lines: AsyncIterable<OnItsWay>,
  onRecord: OnRecord,
  depth: number,
): Promise<void> {
  const waiting: Promise<Coming>[] = [];
  const reader = new RangeReader(MAX_LINE);
  let line = 1;
  const settle = async (coming: Promise<Coming> | undefined): Promise<void> => {
    const come = await coming;
    if (come === undefined) return;
    if (typeof come === 'function') {
      line += come();
      return;
    }
    const read = 'file' in come ? reader.lines(come) : come;
    if (read === 'none') return;
    const lines = Buffer.isBuffer(read) ? read : read.before;
    if (lines !== 'none') line += readBatch(file, lines, line, onRecord);
    if (lines !== read) throw new AssetsProblem(file, `:${line}`, TOO_LONG);
  };
  for await (const { coming } of lines) {
    waiting.push(handled(coming));
    if (waiting.length > depth) await settle(waiting.shift());
  }
  for (const coming of waiting) await settle(coming);
}

/** What goes wrong is told once it is waited for, and to nobody when something else went wrong before. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

const TOO_LONG = `is longer than ${MAX_LINE / 1024 / 1024} MB`;

/** Whole lines, many at a time and without the end of the last one, in memory of their own; none behind `TooLong`. */
export async function* lineBatches(
  pieces: AsyncIterable<Buffer>,
  longest = MAX_LINE,
): AsyncGenerator<Buffer | TooLong> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest.push(piece);
      length += piece.length;
      if (length <= longest) continue;
      break;
    }
    const batch = upToLongest(joined([...rest, piece.subarray(0, end)]), longest);
    yield batch;
    if (!Buffer.isBuffer(batch)) return;
    rest = end + 1 < piece.length ? [piece.subarray(end + 1)] : [];
    length = piece.length - end - 1;
  }
  if (rest.length > 0) yield upToLongest(joined(rest), longest);
}

function joined(parts: readonly Buffer[]): Buffer {
  const all = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(all, at);
  return all;
}
