/** Where a check gets its facts, as the command line says it: `--source`, `--groups`, `--assume`, `--complete`. */
import type { Command } from 'commander';
import type { Assumption } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import type { WhereOptions } from '../where.js';
import { sourceMessages } from './messages.js';

/** What may be taken for granted where a source cannot tell. */
const ASSUMPTIONS: readonly Assumption[] = ['no-deny-policies', 'no-boundaries'];

/** What every source can be helped with: facts that the user knows and the source may not. */
export interface Helped {
  /** A file that says who is in which group. */
  readonly groups?: string;
  readonly assume: readonly Assumption[];
}

/** `--source plane|gcp|assets=PATH|estate=FILE`. */
export type SourceChoice = Helped &
  (
    | { readonly kind: 'plane'; readonly where: WhereOptions }
    | { readonly kind: 'gcp' }
    /** `complete`: of all types and both contents; what it does not name is not there. */
    | { readonly kind: 'assets'; readonly path: string; readonly complete: boolean }
    | { readonly kind: 'estate'; readonly file: string }
  );

/** The options as commander reads them. */
export interface SourceOptions extends WhereOptions {
  readonly source?: string;
  readonly groups?: string;
  readonly assume?: string;
  readonly complete?: boolean;
}

/** `--source`, `--groups`, `--assume` and `--complete`, for every command that judges by a source. */
export function addSource(command: Command, { language }: CliContext): Command {
  const { options } = sourceMessages[language];
  return command
    .option('--source <source>', options.source)
    .option('--groups <file>', options.groups)
    .option('--assume <list>', options.assume)
    .option('--complete', options.complete);
}

/** @throws UsageError for a source or an assumption that there is not, or that does not go with it */
export function sourceChoice(given: SourceOptions, { language }: CliContext): SourceChoice {
  const messages = sourceMessages[language];
  const helped: Helped = {
    ...(given.groups === undefined ? {} : { groups: given.groups }),
    assume: assumptions(given.assume, language),
  };
  const { source = 'plane', complete = false } = given;
  const equals = source.indexOf('=');
  const word = equals < 0 ? source : source.slice(0, equals);
  const value = equals < 0 ? undefined : source.slice(equals + 1);
  if (word === 'assets' && value) return { ...helped, kind: 'assets', path: value, complete };
  if (complete) throw new UsageError(messages.completeOfExports);
  if (word === 'plane' && value === undefined) {
    return { ...helped, kind: 'plane', where: given.data === undefined ? {} : { data: given.data } };
  }
  if (word === 'gcp' && value === undefined) return { ...helped, kind: 'gcp' };
  if (word === 'estate' && value) return { ...helped, kind: 'estate', file: value };
  // `--source` is gcloud's as well: the directory of a deploy that builds its image.
  throw new UsageError(messages.badSource(source));
}

function assumptions(text: string | undefined, language: CliContext['language']): readonly Assumption[] {
  if (text === undefined) return [];
  return text.split(',').map((word) => {
    const known = ASSUMPTIONS.find((assumption) => assumption === word.trim());
    if (!known) throw new UsageError(sourceMessages[language].badAssumption(word));
    return known;
  });
}
