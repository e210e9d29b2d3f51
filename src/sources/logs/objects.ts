/** JSON that is spread over lines: an array of entries, as `gcloud logging read --format=json` prints, or one after another. */
import { type EntrySink, MAX_ENTRY } from './lines.js';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts out the objects that stand at the top, or in an array at the top. Strings and brackets are followed byte by
 * byte, and nothing is parsed that holds none of the texts looked for.
 */
export class ObjectReader {
  readonly #needles: readonly Buffer[];
  readonly #sink: EntrySink;
  /** What belongs to the object that has begun. */
  #rest: Buffer = EMPTY;
  #depth = 0;
  #inArray = false;
  #inString = false;
  #escaped = false;
  #line = 1;
  /** Where the object began. */
  #began = 1;
  /** The blanks before the first object: how far all of them are indented, where each has a line to itself. */
  #indent: Buffer | undefined;
  #state: 'reading' | 'seeking' | 'lost' = 'reading';
  #stray = false;
  /** Objects whose end was seen. */
  entries = 0;

  /** @param literals of which an entry must hold one to be of interest, as JSON writes them */
  constructor(literals: readonly string[], sink: EntrySink) {
    this.#needles = literals.map((literal) => Buffer.from(literal));
    this.#sink = sink;
  }

  push(piece: Buffer): void {
    if (this.#state === 'lost') return;
    const from = this.#rest.length;
    const data = from === 0 ? piece : Buffer.concat([this.#rest, piece]);
    this.#rest = EMPTY;
    const begun = this.#scan(data, from);
    if (begun === undefined) return;
    if (begun < data.length) this.#rest = data.subarray(begun);
    if (this.#rest.length > MAX_ENTRY) this.#lose('too-long');
  }

  end(): void {
    if (this.#state === 'lost') return;
    if (this.#depth > 0 || this.#inArray)
      this.#sink.broken(this.#depth > 0 ? this.#began : this.#line, 'cut-off');
  }

  /** @returns where the object that has not ended begins, the length of the data without one; undefined when lost */
  #scan(data: Buffer, from: number): number | undefined {
    let begun = this.#depth > 0 || this.#state === 'seeking' ? 0 : data.length;
    for (let at = from; at < data.length; at++) {
      const byte = data[at];
      if (byte === NEWLINE) this.#line += 1;
      if (this.#state === 'seeking') {
        if (byte !== OPEN || !this.#isIndented(data, at)) continue;
        this.#state = 'reading';
      }
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        else if (byte === NEWLINE && !this.#damaged()) return undefined;
      } else if (this.#depth === 0) {
        if (byte === OPEN) {
          begun = at;
          this.#open(data, at);
        } else this.#between(byte);
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN || byte === OPEN_ARRAY) this.#depth += 1;
      else if (byte === CLOSE || byte === CLOSE_ARRAY) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#take(data.subarray(begun, at + 1));
        begun = data.length;
      }
    }
    return this.#state === 'seeking' ? Math.max(0, data.lastIndexOf(NEWLINE)) : begun;
  }

  #open(data: Buffer, at: number): void {
    this.#depth = 1;
    this.#began = this.#line;
    this.#stray = false;
    if (this.#indent !== undefined) return;
    const line = data.lastIndexOf(NEWLINE, at) + 1;
    this.#indent = line === 0 && this.#line > 1 ? EMPTY : Buffer.from(data.subarray(line, at));
  }

  #between(byte: number | undefined): void {
    if (byte === OPEN_ARRAY && !this.#inArray) this.#inArray = true;
    else if (byte === CLOSE_ARRAY && this.#inArray) this.#inArray = false;
    else if (byte !== undefined && byte > 0x20 && byte !== COMMA && !this.#stray) {
      this.#stray = true;
      this.#sink.broken(this.#line, 'not-json');
    }
  }

  #take(json: Buffer): void {
    this.entries += 1;
    if (this.#needles.some((needle) => json.includes(needle))) this.#sink.found(json, this.#began);
  }

  /**
   * A string that has no end on its line: what follows is read again from the next object on a line of its own.
   * @returns false where objects have no lines of their own
   */
  #damaged(): boolean {
    if (this.#indent === undefined || this.#indent.some((byte) => byte !== 0x20 && byte !== 0x09)) {
      this.#lose('lost');
      return false;
    }
    this.#sink.broken(this.#began, 'not-json');
    this.#state = 'seeking';
    this.#depth = 0;
    this.#inString = false;
    return true;
  }

  /** Whether what begins here has its line to itself, as far in as the first one. */
  #isIndented(data: Buffer, at: number): boolean {
    const indent = this.#indent ?? EMPTY;
    const line = at - indent.length;
    return line > 0 && data[line - 1] === NEWLINE && data.subarray(line, at).equals(indent);
  }

  #lose(problem: 'too-long' | 'lost'): void {
    this.#sink.broken(this.#began, problem);
    this.#state = 'lost';
    this.#rest = EMPTY;
  }
}
