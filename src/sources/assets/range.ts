/** Lines of a file by where they begin, so that several threads read one file side by side. */
import { closeSync, openSync, readSync } from 'node:fs';

/** The lines that begin at `start` or after it, and before `end`. */
export interface Range {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Lines up to one that is longer than a line may be. */
export interface TooLong {
  readonly before: Buffer | 'none';
}

/** @param lines without the end of the last one @param longest bytes that a line may have, without its end */
export function upToLongest(lines: Buffer, longest: number): Buffer | TooLong {
  if (lines.length <= longest) return lines;
  for (let start = 0; start <= lines.length; ) {
    const found = lines.indexOf(NEWLINE, start);
    const end = found < 0 ? lines.length : found;
    if (end - start > longest) return { before: start === 0 ? 'none' : lines.subarray(0, start - 1) };
    start = end + 1;
  }
  return lines;
}

const NEWLINE = 0x0a;
const STEP = 1024 * 1024;

/** Reads ranges, one after the other, in memory that it keeps. */
export class RangeReader {
  readonly #longest: number;
  #memory = Buffer.allocUnsafeSlow(STEP);

  /** @param longest bytes that a line may have, without its end */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /**
   * @returns the lines, without the end of the last one, which stay as they are until the next are read; none where
   *   no line begins in the range
   * @throws what openSync() and readSync() throw
   */
  lines({ file, start, end }: Range): Buffer | 'none' | TooLong {
    const fd = openSync(file, 'r');
    try {
      // The byte before tells whether a line begins at the first one.
      const from = Math.max(0, start - 1);
      let filled = this.#fill(fd, from, 0, end - from);
      const first = start === 0 ? 0 : this.#memory.subarray(0, filled).indexOf(NEWLINE) + 1;
      if (filled === 0 || (start > 0 && first === 0) || from + first >= end) return 'none';
      // The line that has begun before the end goes on to its own.
      for (let look = end - from - 1; ; ) {
        const last = this.#memory.subarray(0, filled).indexOf(NEWLINE, look);
        if (last >= 0) return this.#upToLongest(first, last);
        // The last line has begun before the end: of this much, some line is too long.
        if (filled - first > this.#longest + (end - start)) return this.#upToLongest(first, filled);
        look = filled;
        const more = this.#fill(fd, from + filled, filled, STEP);
        if (more === 0) return filled <= first ? 'none' : this.#upToLongest(first, this.#withoutEnd(filled));
        filled += more;
      }
    } finally {
      closeSync(fd);
    }
  }

  #upToLongest(first: number, last: number): Buffer | TooLong {
    return upToLongest(this.#memory.subarray(first, last), this.#longest);
  }

  /** A file that ends sooner than it should may end with a line's end. */
  #withoutEnd(filled: number): number {
    return this.#memory[filled - 1] === NEWLINE ? filled - 1 : filled;
  }

  /** @returns how many bytes there were, fewer than wanted at the file's end alone */
  #fill(fd: number, position: number, at: number, wanted: number): number {
    if (this.#memory.length < at + wanted) {
      const larger = Buffer.allocUnsafeSlow((at + wanted) * 2);
      this.#memory.copy(larger, 0, 0, at);
      this.#memory = larger;
    }
    let read = 0;
    for (let more = -1; read < wanted && more !== 0; read += more)
      more = readSync(fd, this.#memory, at + read, wanted - read, position + read);
    return read;
  }
}
