/** Numbers one after the other, as many as come. */
export class Numbers {
  #memory = new Int32Array(1 << 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#memory.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#memory);
      this.#memory = larger;
    }
    this.#memory[this.#length++] = number;
  }

  /** In place of one that is there. */
  set(at: number, number: number): void {
    this.#memory[at] = number;
  }

  /** Leaves so many of them. */
  cut(length: number): void {
    this.#length = length;
  }

  /** All of them, in memory that threads share; after that there are none. */
  taken(): Int32Array<SharedArrayBuffer> {
    const taken = new Int32Array(new SharedArrayBuffer(this.#length * Int32Array.BYTES_PER_ELEMENT));
    taken.set(this.#memory.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }
}
