/** What threads are asked to do, and what they answer. */
import type { AuditOptions, AuditPart, PartRows } from '../../checkpoint/index.js';
import type { Assumption } from '../helped/index.js';
import type { Noted } from './estate.js';
import type { Folded } from './fold.js';
import type { AssetsHelp } from './opened.js';
import type { Share } from './postponed.js';
import type { Range } from './range.js';

/** What can be handed over of how to audit. */
export type AuditSettings = Pick<AuditOptions, 'time' | 'deployers' | 'limit' | 'images' | 'platform'>;

export type Asked =
  /** Before anything else, with the roles whose bindings are left out: not answered. */
  | { readonly kind: 'begin'; readonly beside: readonly string[] }
  /** Whole lines without the last line's end: answered with `folded` or `unread`. */
  | { readonly kind: 'fold'; readonly bytes: Uint8Array }
  /** Lines of a file: answered with `folded` or `range-unread`. */
  | { readonly kind: 'fold-range'; readonly range: Range }
  /** What the others and itself have folded, in the order of the files: not answered. */
  | { readonly kind: 'from'; readonly name: string }
  | { readonly kind: 'unfold'; readonly folded: Folded; readonly by: number }
  /** How all that was unfolded is to be judged: not answered. */
  | { readonly kind: 'judging'; readonly judging: Judging }
  /** To judge a share of it: answered with `judged`. */
  | { readonly kind: 'judge'; readonly share: Share };

export interface Judging {
  /** For people, e.g. `assets.json`. */
  readonly name: string;
  readonly help: AssetsHelp;
  readonly assume: readonly Assumption[];
  readonly audit: AuditSettings;
  readonly rows: 'rows' | 'json';
}

export type Told =
  | { readonly kind: 'folded'; readonly folded: Folded }
  /** Some line is no asset: somebody else must say what it is. */
  | { readonly kind: 'unread'; readonly bytes: Uint8Array }
  | { readonly kind: 'range-unread' }
  | { readonly kind: 'judged'; readonly part: AuditPart; readonly rows: JudgedRows; readonly noted: Noted };

/** Rows, or by verdict, worst first, the lines of JSON that they are. */
export type JudgedRows =
  | { readonly rows: PartRows }
  | { readonly json: readonly (readonly Uint8Array<ArrayBuffer>[])[] };
