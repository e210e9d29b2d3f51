/** What containers write, on its way to the plane: in few messages, and never more on the way than fits. */
import type { OutputRun } from './protocol.js';

const MAX_WAITING_CHARACTERS = 256 * 1024;

interface Run {
  readonly stream: 'stdout' | 'stderr';
  readonly lines: string[];
}

export class OutputSender {
  #waiting: Run[] = [];
  #length = 0;
  #sending: Promise<void> | undefined;

  /** @param send resolves when the lines have been taken */
  constructor(readonly send: (runs: readonly OutputRun[]) => Promise<void>) {}

  readonly deliver = (stream: 'stdout' | 'stderr', line: string): void => {
    const last = this.#waiting.at(-1);
    if (last?.stream === stream) last.lines.push(line);
    else this.#waiting.push({ stream, lines: [line] });
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
        const runs = this.#waiting.map(({ stream, lines }): OutputRun => [stream, lines.join('\n')]);
        this.#waiting = [];
        this.#length = 0;
        await this.send(runs);
      }
    } catch {
      this.#waiting = []; // the plane has gone, and this process goes too
    } finally {
      this.#sending = undefined;
    }
  }
}
