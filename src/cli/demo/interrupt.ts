/** Turns what would end the process into an abort, so that everything made is removed before it ends. */

/** Signals with the exit status that shells give them: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const SIGPIPE = 141;

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #undo: (() => void)[] = [];
  #status: number | undefined;

  constructor() {
    for (const [name, status] of Object.entries(SIGNALS)) {
      const handler = () => this.#interrupt(status);
      process.on(name, handler);
      this.#undo.push(() => process.off(name, handler));
    }
    // A reader that has gone (`sekisho demo | head`) ends other commands at once; this one has a plane to stop first.
    const others = process.stdout.listeners('error');
    const handler = () => this.#interrupt(SIGPIPE);
    process.stdout.removeAllListeners('error').on('error', handler);
    this.#undo.push(() => {
      process.stdout.off('error', handler);
      for (const other of others) process.stdout.on('error', (error) => other(error));
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the process exits with; undefined as long as nothing interrupted it. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Lets signals end the process again. */
  release(): void {
    for (const undo of this.#undo) undo();
  }

  #interrupt(status: number): void {
    this.#status ??= status;
    this.#controller.abort(new Error('interrupted'));
  }
}
