/** The two ways in which the demo acts: gcloud itself, or the calls that gcloud makes. */
import type { BuiltImage } from '../../registry/index.js';
import type { Result } from './expectation.js';
import type { Actor } from './story.js';

/** Something about to be done: how a user would type it, and the doing. */
export interface Action {
  readonly shown: readonly string[];
  /** @param onOutput told of what is written, as it is written */
  run(onOutput: (text: string) => void): Promise<Result>;
}

export interface Driver {
  /** Makes an actor ready to act; taking care of it early saves waiting later. */
  signIn(actor: Actor): Promise<void>;
  gcloud(actor: Actor, args: readonly string[]): Action;
  /** Asks a service for its page, with an ID token of the actor. `url` is the deterministic one, with https. */
  fetch(actor: Actor, url: string): Action;
  push(actor: Actor, image: BuiltImage, reference: string): Action;
}

/** The e-mail address of an actor; it is also who the plane thinks they are. */
export const emailOf = (actor: Actor): string => `${actor}@example.com`;
