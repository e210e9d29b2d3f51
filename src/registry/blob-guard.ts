/**
 * Keeps blobs from being cleared away while somebody is about to refer to them. Whoever takes a blob in, mounts it or
 * writes a manifest over it pins it meanwhile; the collector has to itself what nobody has pinned. All of it lives in
 * this process, which is the only one over the data directory: a kill ends the pins together with what they guarded.
 */

export class BlobGuard {
  readonly #pins = new Map<string, number>();
  readonly #closed = new Map<string, Promise<void>>();
  readonly #seen = new Map<string, number>();

  /** Runs work that relies on the blobs' being there. Waits for a collector that has one of them to itself. */
  async whilePinned<T>(digests: readonly string[], work: () => Promise<T>): Promise<T> {
    for (let busy = this.#busy(digests); busy.length > 0; busy = this.#busy(digests)) await Promise.all(busy);
    for (const digest of digests) this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
    try {
      return await work();
    } finally {
      for (const digest of digests) this.#unpin(digest);
    }
  }

  /**
   * Runs work that removes blobs.
   * @param digests what may be removed
   * @param work is given those that nobody has pinned; nobody can pin them until it ends
   */
  async exclusively<T>(
    digests: readonly string[],
    work: (free: ReadonlySet<string>) => Promise<T>,
  ): Promise<T> {
    const free = new Set(digests.filter((digest) => !this.#pins.has(digest) && !this.#closed.has(digest)));
    let open = () => {};
    const closed = new Promise<void>((resolve) => {
      open = resolve;
    });
    for (const digest of free) this.#closed.set(digest, closed);
    try {
      return await work(free);
    } finally {
      for (const digest of free) this.#closed.delete(digest);
      open();
    }
  }

  /** Notes that a client was told that the blob is here: it will not send it, and will refer to it soon. */
  saw(digests: readonly string[], time: Date): void {
    for (const digest of digests) this.#seen.set(digest, time.getTime());
  }

  /** Whether somebody saw the blob at that time or later. */
  sawSince(digest: string, time: Date): boolean {
    return (this.#seen.get(digest) ?? Number.NEGATIVE_INFINITY) >= time.getTime();
  }

  /** Drops everything that was seen: nobody will refer to it. */
  forgetSeen(): void {
    this.#seen.clear();
  }

  /** Drops what was seen before that time. */
  forgetBefore(time: Date): void {
    for (const [digest, seen] of this.#seen) if (seen < time.getTime()) this.#seen.delete(digest);
  }

  #busy(digests: readonly string[]): Promise<void>[] {
    return digests.flatMap((digest) => this.#closed.get(digest) ?? []);
  }

  #unpin(digest: string): void {
    const pins = (this.#pins.get(digest) ?? 1) - 1;
    if (pins === 0) this.#pins.delete(digest);
    else this.#pins.set(digest, pins);
  }
}
