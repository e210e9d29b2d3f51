/** Lines of JSON as bytes that can be given away: written at once, for texts that wait are what costs to keep. */
import { LINE_SEPARATOR } from '../../checkpoint/reports/index.js';

/** Bytes in a piece, about. */
const PIECE = 1 << 18;
/** A character of UTF-16 is no more than so many bytes of UTF-8. */
const MOST_BYTES = 3;

/** Takes lines in. */
export class Lines {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #piece = Buffer.alloc(0);
  #length = 0;

  add(line: string): void {
    if (this.#length + (line.length + LINE_SEPARATOR.length) * MOST_BYTES > this.#piece.length)
      this.#begin(line);
    else this.#write(LINE_SEPARATOR);
    this.#write(line);
  }

  /** Pieces of lines, to be parted as the lines are; there are none after that. */
  taken(): Uint8Array<ArrayBuffer>[] {
    this.#end();
    return this.#pieces.splice(0);
  }

  #begin(line: string): void {
    this.#end();
    this.#piece = Buffer.from(new ArrayBuffer(Math.max(PIECE, line.length * MOST_BYTES)));
  }

  #end(): void {
    if (this.#length > 0) this.#pieces.push(this.#piece.subarray(0, this.#length));
    this.#piece = Buffer.alloc(0);
    this.#length = 0;
  }

  #write(text: string): void {
    this.#length += this.#piece.write(text, this.#length);
  }
}
