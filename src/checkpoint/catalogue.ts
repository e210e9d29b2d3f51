/** What a catalogue of messages holds: the same sentences in every language. */
import type { Principal, ResourceName, RunKind } from '../names/index.js';
import type { Actor, Effect, Evidence, Moment } from './types.js';

export type Language = 'en' | 'ja';

/** The question that evidence answers; a requirement without a permission asks none. */
export interface Asked {
  readonly principal: Principal;
  readonly permission: string;
}

/** How a check ends, all requirements taken together. */
export type Outcome = 'granted' | 'refused' | 'fails' | 'warns' | 'unknown';

export interface Catalogue {
  readonly columns: {
    readonly moment: string;
    readonly who: string;
    readonly needs: string;
    readonly verdict: string;
  };
  readonly moments: Readonly<Record<Moment, string>>;
  readonly actors: Readonly<Record<Actor, string>>;
  readonly verdicts: { readonly granted: string; readonly unknown: string };
  /** A denied verdict, by what becomes of the deploy. */
  readonly denied: Readonly<Record<Effect, string>>;
  readonly outcomes: Readonly<Record<Outcome, string>>;
  /** `service web in myproject-a (asia-northeast1), deployed by user:alice@example.com` */
  readonly title: (check: {
    kind: RunKind;
    name: string;
    project: string;
    location: string;
    deployer: string | undefined;
  }) => string;
  /** What a requirement without a permission asks for. */
  readonly need: (id: string) => string;
  readonly evidence: (evidence: Evidence, asked: Asked) => string;
  readonly resource: (name: ResourceName) => string;
  readonly googleSays: string;
  readonly googleWouldSay: string;
  readonly logged: string;
  readonly toMend: string;
  readonly nothingToGrant: string;
}
