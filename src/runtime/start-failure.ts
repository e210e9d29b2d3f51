/** Tells a container whose program could not be executed from one whose program failed. */
import { type InstanceSpec, StartFailure } from './types.js';

/** Holds lines back until it is opened. */
export class OutputGate {
  #held: { stream: 'stdout' | 'stderr'; line: string }[] | undefined = [];
  constructor(readonly deliver: InstanceSpec['onOutput']) {}

  line(stream: 'stdout' | 'stderr', line: string): void {
    if (this.#held === undefined) this.deliver(stream, line);
    else this.#held.push({ stream, line });
  }

  held(stream: 'stdout' | 'stderr'): string[] {
    return (this.#held ?? []).filter((each) => each.stream === stream).map((each) => each.line);
  }

  open(): void {
    const lines = this.#held ?? [];
    this.#held = undefined;
    for (const { stream, line } of lines) this.deliver(stream, line);
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
