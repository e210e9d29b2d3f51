/** JSON lines, looked at as bytes: only a line that holds one of a few texts is ever parsed. */

/** Told of every line that is taken, and of what is no line of JSON. Lines count from 1. */
export interface EntrySink {
  /** One entry that may be of interest, and where it begins. */
  found(json: Buffer, line: number): void;
  broken(line: number, problem: Problem): void;
}

/** What may be wrong with a line or an entry. */
export type Problem =
  | 'not-json'
  | 'too-long'
  | 'cut-off'
  /** What follows cannot be told apart any more. */
  | 'lost';

/** Cloud Logging's own limit for an entry is 256 KB (https://cloud.google.com/logging/quotas); a page has a thousand. */
export const MAX_ENTRY = 16 * 1024 * 1024;

const NEWLINE = 0x0a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const EMPTY: Buffer = Buffer.alloc(0);

const isBlank = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;

/** Splits what is pushed into lines. */
export class LineReader {
  readonly #needles: readonly Buffer[];
  readonly #sink: EntrySink;
  #rest: Buffer = EMPTY;
  #skipping = false;
  #line = 1;
  /** Lines that are not empty and look like an object. */
  entries = 0;

  /** @param literals of which an entry must hold one to be of interest, as JSON writes them */
  constructor(literals: readonly string[], sink: EntrySink) {
    this.#needles = literals.map((literal) => Buffer.from(literal));
    this.#sink = sink;
  }

  push(piece: Buffer): void {
    const data = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const end = data.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#lines(data.subarray(0, end));
    this.#rest = end === data.length ? EMPTY : data.subarray(end);
    if (this.#rest.length > MAX_ENTRY) {
      if (!this.#skipping) this.#sink.broken(this.#line, 'too-long');
      this.#skipping = true;
      this.#rest = EMPTY;
    }
  }

  /** The last line may lack its end. */
  end(): void {
    if (this.#rest.length > 0) this.#lines(Buffer.concat([this.#rest, Buffer.from('\n')]));
    this.#rest = EMPTY;
  }

  /** @param data whole lines */
  #lines(data: Buffer): void {
    const hits = this.#hits(data);
    let hit = 0;
    let start = 0;
    while (start < data.length) {
      const end = data.indexOf(NEWLINE, start);
      while ((hits[hit] ?? Number.POSITIVE_INFINITY) < start) hit += 1;
      this.#take(data, start, end, (hits[hit] ?? Number.POSITIVE_INFINITY) < end);
      this.#line += 1;
      start = end + 1;
    }
  }

  #take(data: Buffer, from: number, to: number, interesting: boolean): void {
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    let start = from;
    let end = to;
    while (start < end && isBlank(data[start])) start += 1;
    while (end > start && isBlank(data[end - 1])) end -= 1;
    if (start === end) return;
    if (data[start] !== OPEN || data[end - 1] !== CLOSE) this.#sink.broken(this.#line, 'not-json');
    else {
      this.entries += 1;
      if (interesting) this.#sink.found(data.subarray(start, end), this.#line);
    }
  }

  /** Where the texts occur, in order; of each text once a line. */
  #hits(data: Buffer): readonly number[] {
    const hits: number[] = [];
    for (const needle of this.#needles) {
      let at = data.indexOf(needle);
      while (at >= 0) {
        hits.push(at);
        at = data.indexOf(needle, data.indexOf(NEWLINE, at));
      }
    }
    return hits.sort((a, b) => a - b);
  }
}
