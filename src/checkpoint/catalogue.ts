/** What a catalogue of messages holds: the same sentences in every language. */
import type { ResourceName, RunKind } from '../names/index.js';
import type { Holder } from './explain/holders.js';
import type { Actor, Effect, Evidence, Moment } from './types.js';

export type Language = 'en' | 'ja';

/** How a check ends, all requirements taken together. */
export type Outcome = 'granted' | 'refused' | 'fails' | 'warns' | 'unknown';

export interface Catalogue {
  readonly columns: {
    readonly verdict: string;
    readonly moment: string;
    readonly who: string;
    readonly needs: string;
  };
  readonly moments: Readonly<Record<Moment, string>>;
  /** The part somebody plays, in a word or two for a column. */
  readonly actors: Readonly<Record<Actor, string>>;
  readonly verdicts: { readonly granted: string; readonly unknown: string };
  /** A denied verdict, by what becomes of the deploy. */
  readonly denied: Readonly<Record<Effect, string>>;
  readonly outcomes: Readonly<Record<Outcome, string>>;
  /** `service web in myproject-a (asia-northeast1)` */
  readonly title: (target: { kind: RunKind; name: string; project: string; location: string }) => string;
  readonly image: string;
  /** What a requirement without a permission asks for. */
  readonly need: (id: string) => string;
  readonly evidence: (evidence: Evidence) => string;
  /** A resource in a few words. */
  readonly resource: (name: ResourceName) => string;
  /** Who has it instead. */
  readonly holders: (holders: readonly Holder[]) => string;
  /** A permission on a resource. */
  readonly permissionOn: (permission: string, resource: ResourceName) => readonly string[];
  readonly googleSays: string;
  readonly googleWouldSay: string;
  readonly logged: string;
  readonly toMend: string;
}
