/** Work on the same row, one after the other: nobody fails because somebody else of this plane was faster. */

export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work once all that was asked for earlier under this key has ended, well or not. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work);
    const ended = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, ended);
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    });
    return mine;
  }
}
