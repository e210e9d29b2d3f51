/** Layers whose content this process has and the other one reads, piece by piece. */
import type { Readable } from 'node:stream';
import type { Layer } from '../types.js';
import type { RemoteLayer } from './protocol.js';

interface Reading {
  readonly stream: Readable;
  readonly pieces: AsyncIterator<unknown>;
}

export class LayerSources {
  readonly #sources = new Map<number, Layer['open']>();
  readonly #readings = new Map<number, Reading>();
  #counter = 0;

  /** The layers as the other process needs them; `withdraw` when the call that named them is over. */
  offer(layers: readonly Layer[]): { readonly layers: readonly RemoteLayer[]; withdraw(): void } {
    const offered = layers.map(({ open, ...layer }) => {
      const source = ++this.#counter;
      this.#sources.set(source, open);
      return { ...layer, source };
    });
    return {
      layers: offered,
      withdraw: () => {
        for (const { source } of offered) this.#sources.delete(source);
      },
    };
  }

  /** The next piece; null at the end. @throws what reading throws */
  async read(source: number, reading: number): Promise<Uint8Array | null> {
    const { pieces } = this.#readings.get(reading) ?? this.#begin(source, reading);
    const next = await pieces.next();
    if (next.done === true) {
      this.#readings.delete(reading);
      return null;
    }
    if (!(next.value instanceof Uint8Array)) throw new Error('a layer is bytes');
    return next.value;
  }

  leave(reading: number): void {
    this.#readings.get(reading)?.stream.destroy();
    this.#readings.delete(reading);
  }

  /** The other process has gone. */
  clear(): void {
    for (const { stream } of this.#readings.values()) stream.destroy();
    this.#readings.clear();
  }

  #begin(source: number, reading: number): Reading {
    const open = this.#sources.get(source);
    if (open === undefined) throw new Error('the layer is no longer offered');
    const stream = open();
    const begun = { stream, pieces: stream[Symbol.asyncIterator]() };
    this.#readings.set(reading, begun);
    return begun;
  }
}
