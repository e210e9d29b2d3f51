/** Signals that follow others for a while. `AbortSignal.any` would leave its traces on the long-lived ones. */

export interface Linked {
  readonly signal: AbortSignal;
  /** Aborts it, whatever the others do. */
  abort(): void;
  /** Ends the following. */
  unlink(): void;
}

/** A signal that is aborted when any of these is. */
export function linked(...sources: readonly AbortSignal[]): Linked {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const source of sources) {
    if (source.aborted) abort();
    else source.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    abort,
    unlink: () => {
      for (const source of sources) source.removeEventListener('abort', abort);
    },
  };
}
