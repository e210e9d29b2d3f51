/** What a container writes, cut into lines. */
import { once } from 'node:events';
import { Socket } from 'node:net';

/**
 * Longer lines are delivered in pieces of at most this many bytes, so that no container can fill our memory: what fits
 * into a log entry, which has 256 KiB (https://cloud.google.com/logging/quotas), beside its labels.
 */
export const MAX_LINE_BYTES = 250 * 1024;

/** Cuts a byte stream into lines; bytes that are not UTF-8 become U+FFFD. */
export class LineSplitter {
  #pending: Buffer[] = [];
  #length = 0;

  constructor(readonly deliver: (line: string) => void) {}

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const newline = rest.indexOf(0x0a);
      const room = MAX_LINE_BYTES - this.#length;
      if (newline >= 0 && newline <= room) {
        this.#take(rest.subarray(0, newline));
        this.#flush();
        rest = rest.subarray(newline + 1);
      } else if (rest.length > room) {
        this.#take(rest.subarray(0, room));
        this.#flushPiece();
        rest = rest.subarray(room);
      } else {
        this.#take(rest);
        return;
      }
    }
  }

  /** Delivers a last line without a newline. */
  end(): void {
    if (this.#length > 0) this.#flush();
  }

  #take(part: Buffer): void {
    if (part.length === 0) return;
    this.#pending.push(part);
    this.#length += part.length;
  }

  #flush(): void {
    const line = Buffer.concat(this.#pending).toString('utf8');
    this.#pending = [];
    this.#length = 0;
    this.deliver(line);
  }

  /** Cuts a full buffer between characters: what begins a character that is not complete waits for its rest. */
  #flushPiece(): void {
    const bytes = Buffer.concat(this.#pending);
    const end = characterBoundary(bytes);
    this.deliver(bytes.toString('utf8', 0, end));
    const rest = bytes.subarray(end);
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }
}

/** What readLines heeds beside the lines. */
export interface LineFlow {
  /** Told of each piece before its lines are delivered. */
  readonly arrived?: () => void;
  /** Asked after each piece: while what it gives is pending nothing is read, and the writers wait in the end. */
  readonly room?: () => Promise<void> | undefined;
}

/** Reading of a pipe, under way. */
export interface LineReading {
  /** Resolves when the last writer has closed the pipe and every line is delivered, or when it was stopped. */
  readonly done: Promise<void>;
  /** Changes whenever something was read; undefined while there is no room for more. */
  progress(): number | undefined;
  /** Delivers what has been read and reads no more. */
  stop(): void;
}

/** Reads lines from a pipe, which it then owns. */
export function readLines(
  fd: number,
  deliver: (line: string) => void,
  { arrived, room }: LineFlow = {},
): LineReading {
  const splitter = new LineSplitter(deliver);
  const pipe = new Socket({ fd, readable: true, writable: false });
  const stopping = new AbortController();
  const stopped = once(stopping.signal, 'abort');
  let pieces = 0;
  let waiting = false;
  const read = async (): Promise<void> => {
    try {
      for await (const chunk of pipe) {
        pieces++;
        arrived?.();
        splitter.push(chunk as Buffer);
        waiting = true;
        await Promise.race([room?.(), stopped]);
        waiting = false;
      }
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
    splitter.end();
  };
  const done = read();
  done.catch(() => undefined); // whoever awaits it learns of it
  return {
    done,
    progress: () => (waiting ? undefined : pieces),
    stop: () => {
      stopping.abort();
      pipe.destroy();
    },
  };
}

function characterBoundary(bytes: Buffer): number {
  for (let back = 1; back <= 4 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
