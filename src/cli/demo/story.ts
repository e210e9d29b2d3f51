/** What a story is made of: data only. The runner does what it says, and checks that it came out so. */
import type { Language } from '../../checkpoint/index.js';

/** A text in both languages. May hold placeholders, see facts.ts. */
export type Text = Readonly<Record<Language, string>>;

export type Actor = 'owner' | 'alice' | 'bob' | 'carol';

/** How a command must come out. `says` are parts of its output, compared without regard to blanks and line breaks. */
export type Expectation =
  | { readonly outcome: 'accepted'; readonly says?: readonly string[] }
  /** Accepted, and the service is ready. */
  | { readonly outcome: 'deployed'; readonly says: readonly string[] }
  /** Refused before anything was written. */
  | { readonly outcome: 'refused'; readonly says: readonly string[] }
  /** Accepted, and then failed: what was written stays. */
  | { readonly outcome: 'fails'; readonly says: readonly string[] };

/** What must hold on the plane after a command. It is asked of the plane, and then said to the reader. */
export type Measure =
  /** The project has as many services as before. */
  | { readonly kind: 'nothing-created'; readonly project: string; readonly services: number }
  | { readonly kind: 'not-ready' | 'serving'; readonly project: string; readonly service: string }
  /** The project's log holds this many entries for the query. */
  | {
      readonly kind: 'log-entries';
      readonly project: string;
      readonly query: string;
      readonly entries: number;
      /** How many it held before the command. */
      readonly before: number;
    };

export interface GcloudStep {
  readonly kind: 'gcloud';
  readonly actor: Actor;
  /** gcloud's arguments, with placeholders. */
  readonly args: readonly string[];
  readonly expect: Expectation;
  /** How much of the output is shown: all of it, its first line, or nothing as long as all goes well. */
  readonly show: 'everything' | 'headline' | 'nothing';
  readonly after?: readonly Measure[];
}

/** Done before a story begins; tasks of different lanes at the same time. */
export type SetupTask =
  | GcloudStep
  | { readonly kind: 'sign-in'; readonly actor: Actor }
  /** Builds the image and pushes it, as the owner. */
  | { readonly kind: 'image'; readonly reference: string };

/** A service, and who asks for its page. */
export interface FetchStep {
  readonly kind: 'fetch';
  readonly actor: Actor;
  readonly project: string;
  readonly service: string;
  readonly says: string;
}

export type Step =
  | { readonly kind: 'explain'; readonly text: Text }
  | { readonly kind: 'setup'; readonly lanes: readonly (readonly SetupTask[])[] }
  | GcloudStep
  | FetchStep
  /** `sekisho check run service …`, which must find something denied and print what mends it. */
  | { readonly kind: 'check'; readonly args: readonly string[]; readonly says: readonly string[] }
  /** The command that the check printed, word for word. */
  | { readonly kind: 'mend'; readonly actor: Actor }
  /** The plane is stopped and started again on the same data. */
  | { readonly kind: 'restart'; readonly imageReadCheck: 'enforce' | 'warn' };

export interface Story {
  readonly title: Text;
  readonly steps: readonly Step[];
}

/** Words of a command line without blanks in them. */
export const words = (line: string): readonly string[] => line.split(/\s+/).filter((word) => word !== '');

/** A command that only prepares the ground. */
export function prepares(actor: Actor, line: string): GcloudStep {
  return { kind: 'gcloud', actor, args: words(line), expect: { outcome: 'accepted' }, show: 'nothing' };
}

/** A grant, or its end: gcloud's first line says it all, below it stands the whole policy. */
export function changesPolicy(actor: Actor, line: string): GcloudStep {
  return {
    kind: 'gcloud',
    actor,
    args: words(line),
    expect: { outcome: 'accepted', says: ['Updated IAM policy for'] },
    show: 'headline',
  };
}
