/** Why an instance did not come up. */
import type { Exit } from '../../runtime/index.js';
import type { Probe } from '../model.js';

export type StartOutcome =
  /** This machine has nothing to run containers with. */
  | { readonly cause: 'no-runtime' }
  /** A container could not even be started (no such command, say), or a secret does not fit where it is to go. */
  | { readonly cause: 'start' }
  /** A secret is missing or must not be read. */
  | { readonly cause: 'secrets' }
  | { readonly cause: 'exit'; readonly container: string; readonly exit: Exit }
  /** `probe` undefined: Cloud Run's default one. */
  | { readonly cause: 'probe'; readonly container: string; readonly probe?: Probe }
  /** Nobody wants it any longer. */
  | { readonly cause: 'stopped' }
  /** It kept failing: the next attempt waits. */
  | { readonly cause: 'backing-off' }
  /** It ended soon after its start. */
  | { readonly cause: 'died' }
  /** Manual scaling gives the revision no instance. */
  | { readonly cause: 'disabled' }
  /** All instances were busy for as long as a request waits. */
  | { readonly cause: 'no-instance' };

/** An instance did not come up, or there was none for a request; `outcome` says why, the message is for the user. */
export class InstanceFailure extends Error {
  override readonly name = 'InstanceFailure';
  constructor(
    message: string,
    readonly outcome: StartOutcome,
  ) {
    super(message);
  }
}
