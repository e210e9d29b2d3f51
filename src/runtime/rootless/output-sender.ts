/** What containers write, on its way to the plane: in few messages, and never more on the way than fits. */
import type { OutputLine } from './protocol.js';

const MAX_WAITING_CHARACTERS = 256 * 1024;

export class OutputSender {
  #waiting: OutputLine[] = [];
  #length = 0;
  #sending: Promise<void> | undefined;

  /** @param send resolves when the lines have been taken */
  constructor(readonly send: (lines: readonly OutputLine[]) => Promise<void>) {}

  readonly deliver = (stream: 'stdout' | 'stderr', line: string): void => {
    this.#waiting.push([stream, line]);
    this.#length += line.length + 1;
    this.#sending ??= this.#pump();
  };

  /** Pending while too much is waiting. */
  readonly room = (): Promise<void> | undefined =>
    this.#length > MAX_WAITING_CHARACTERS ? this.#sending : undefined;

  /** Resolves when everything has been taken. */
  async flushed(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  async #pump(): Promise<void> {
    try {
      await Promise.resolve(); // what is delivered at once goes in one message
      while (this.#waiting.length > 0) {
        const lines = this.#waiting;
        this.#waiting = [];
        this.#length = 0;
        await this.send(lines);
      }
    } catch {
      this.#waiting = []; // the plane has gone, and this process goes too
    } finally {
      this.#sending = undefined;
    }
  }
}
