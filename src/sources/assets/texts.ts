/** Texts by numbers, in memory that threads share: each thread reads those alone that it is asked for. */

/** Gives texts numbers; the same text has the same one. */
export class Numbering {
  readonly #numbers = new Map<string, number>();
  #count = 0;
  #fresh: string[] = [];

  /** The number of a text that comes again and again. */
  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.add(text);
    this.#numbers.set(text, number);
    return number;
  }

  /** The number of a text that comes once. */
  add(text: string): number {
    this.#fresh.push(text);
    return this.#count++;
  }

  /** The texts that were new since it was last asked, in the order of their numbers. */
  fresh(): SharedTexts {
    const fresh = this.#fresh;
    this.#fresh = [];
    return share(fresh);
  }
}

/** Numbers texts of which most are the same as the one before: that they are is found faster than the text is. */
export class Again {
  readonly #numbering: Numbering;
  #text: string | undefined;
  #number = 0;

  constructor(numbering: Numbering) {
    this.#numbering = numbering;
  }

  of(text: string): number {
    if (text === this.#text) return this.#number;
    this.#text = text;
    this.#number = this.#numbering.of(text);
    return this.#number;
  }
}

/** Texts one after the other. */
export interface SharedTexts {
  /**
   * In UTF-8; where all of it is ASCII it is read as Latin-1, which costs less. JSON may hold half a pair of UTF-16
   * (RFC 8259, 8.2), which UTF-8 has no bytes for: then all of it is in UTF-16.
   */
  readonly bytes: SharedArrayBuffer;
  readonly encoding: 'latin1' | 'utf8' | 'utf16le';
  /** Where each of them ends. */
  readonly ends: Int32Array<SharedArrayBuffer>;
}

function share(texts: readonly string[]): SharedTexts {
  const all = texts.join('');
  const size = Buffer.byteLength(all);
  const encoding = size === all.length ? 'latin1' : texts.some(hasHalfPair) ? 'utf16le' : 'utf8';
  const bytes = new SharedArrayBuffer(encoding === 'utf16le' ? all.length * 2 : size);
  Buffer.from(bytes).write(all, encoding);
  const ends = new Int32Array(new SharedArrayBuffer(texts.length * Int32Array.BYTES_PER_ELEMENT));
  let end = 0;
  texts.forEach((text, index) => {
    end += encoding === 'latin1' ? text.length : Buffer.byteLength(text, encoding);
    ends[index] = end;
  });
  return { bytes, encoding, ends };
}

const hasHalfPair = (text: string): boolean => /\p{Surrogate}/u.test(text);

interface Batch {
  /** The number of the first. */
  readonly first: number;
  readonly bytes: Buffer;
  readonly encoding: SharedTexts['encoding'];
  readonly ends: Int32Array;
}

/** The texts of one numbering, batch by batch. */
export class NumberedTexts {
  readonly #batches: Batch[] = [];
  readonly #read = new Map<number, string>();
  #count = 0;

  add({ bytes, encoding, ends }: SharedTexts): void {
    if (ends.length === 0) return;
    this.#batches.push({ first: this.#count, bytes: Buffer.from(bytes), encoding, ends });
    this.#count += ends.length;
  }

  /** A text that is asked for again and again, read once; empty where there is none of this number. */
  get(number: number): string {
    const known = this.#read.get(number);
    if (known !== undefined) return known;
    const text = this.once(number);
    this.#read.set(number, text);
    return text;
  }

  /** A text that nobody else asks for. */
  once(number: number): string {
    const batch = this.#batchOf(number);
    if (batch === undefined) return '';
    const { bytes, encoding, ends, first } = batch;
    const at = number - first;
    const start = at === 0 ? 0 : (ends[at - 1] ?? 0);
    return bytes.toString(encoding, start, ends[at]);
  }

  #batchOf(number: number): Batch | undefined {
    let low = 0;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#batches[middle]?.first ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return number < 0 || number >= this.#count ? undefined : this.#batches[low];
  }
}
