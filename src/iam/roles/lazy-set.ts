/** A set that is put together when it is first used. Starting the plane needs no permission by name. */
export class LazySet implements ReadonlySet<string> {
  readonly #make: () => ReadonlySet<string>;
  #made: ReadonlySet<string> | undefined;

  constructor(make: () => ReadonlySet<string>) {
    this.#make = make;
  }

  get #set(): ReadonlySet<string> {
    this.#made ??= this.#make();
    return this.#made;
  }

  get size(): number {
    return this.#set.size;
  }

  has(value: string): boolean {
    return this.#set.has(value);
  }

  keys(): SetIterator<string> {
    return this.#set.keys();
  }

  values(): SetIterator<string> {
    return this.#set.values();
  }

  entries(): SetIterator<[string, string]> {
    return this.#set.entries();
  }

  [Symbol.iterator](): SetIterator<string> {
    return this.#set.values();
  }

  forEach(callback: (value: string, key: string, set: ReadonlySet<string>) => void): void {
    for (const value of this.#set) callback(value, value, this);
  }
}
