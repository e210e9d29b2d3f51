/** Tells a container whose program could not be executed from one whose program failed. */
import { EventEmitter, once } from 'node:events';
import { type ContainerSpec, StartFailure } from './types.js';

type Stream = 'stdout' | 'stderr';

/** Held back at most. */
const MAX_HELD_CHARACTERS = 1024 * 1024;

/**
 * Holds lines back until it is known whose they are: then they are delivered, or the first of them are said to be a
 * failed runtime's. Lines that may be a container's are never lost: when there are too many, whoever asks for `room`
 * lets the others wait.
 */
export class OutputGate {
  readonly #held: { readonly stream: Stream; readonly line: string }[] = [];
  #length = 0;
  #state: 'holding' | 'bounded' | 'open' = 'holding';
  #started = () => true;
  readonly #events = new EventEmitter();
  readonly #moved = once(this.#events, 'moved').then(() => undefined);
  /** Resolves when nothing more is held back: so much is no runtime's last words. */
  readonly full = once(this.#events, 'full').then(() => undefined);

  /** @param room pending while `deliver` can take no more */
  constructor(
    readonly deliver: ContainerSpec['onOutput'],
    readonly roomBeyond: () => Promise<void> | undefined = () => undefined,
  ) {}

  line(stream: Stream, line: string): void {
    if (this.#state === 'open') {
      this.deliver(stream, line);
    } else if (this.#state === 'holding' || !this.#isFull) {
      this.#held.push({ stream, line });
      this.#length += line.length;
      if (this.#isFull) this.#events.emit('full');
    }
  }

  /** Pending while no more lines should come. */
  readonly room = (): Promise<void> | undefined => {
    if (this.#state === 'open') return this.roomBeyond();
    return this.#state === 'holding' && this.#isFull ? this.#moved : undefined;
  };

  held(stream: Stream): string[] {
    return this.#held.filter((each) => each.stream === stream).map((each) => each.line);
  }

  open(): void {
    this.#state = 'open';
    for (const { stream, line } of this.#held.splice(0)) this.deliver(stream, line);
    this.#events.emit('moved');
  }

  /** As long as `started` is false no container can have written: what there is no room for is thrown away. */
  bound(started: () => boolean): void {
    this.#state = 'bounded';
    this.#started = started;
  }

  /** To be told of what has been read before its lines come. */
  readonly arrived = (): void => {
    if (this.#state !== 'bounded' || !this.#started()) return;
    this.#state = 'holding';
    this.#length = 0;
  };

  get #isFull(): boolean {
    return this.#length > MAX_HELD_CHARACTERS;
  }
}

/** crun's and runc's words when the kernel does not execute the file; the container's program never wrote a line. */
export function isExecFailure(line: string): boolean {
  return /exec container process|standard_init_linux|exec user process|^exec \/.*: exec format error$/.test(
    line,
  );
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/exec format error/i, 'exec format error'],
  [/permission denied/i, 'permission denied'],
  [/not found in \$PATH|no such file or directory/i, 'no such file or directory'],
];

/** The failure in Cloud Run's words, where `text`, the runtime's, blames the program; undefined otherwise. */
export function programFailure(program: string, text: string): StartFailure | undefined {
  if (!/exec|executable/.test(text)) return undefined;
  const reason = REASONS.find(([pattern]) => pattern.test(text))?.[1];
  if (reason === undefined) return undefined;
  return new StartFailure(`Application failed to start: failed to load ${program}: ${reason}`);
}
