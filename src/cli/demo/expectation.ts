/** Compares what a command did with what its story says it does. Pure. */
import { stripVTControlCharacters } from 'node:util';
import { type Facts, fill } from './facts.js';
import type { Expectation } from './story.js';

/** What a command left: its exit status, and all it wrote, in the order it was written. */
export interface Result {
  readonly code: number;
  readonly output: string;
}

/** Text without colours, in which any blanks and line breaks are one blank. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, ' ').trim();
}

/** What was missing. */
export type Surprise =
  | { readonly kind: 'exit-status'; readonly expected: 'zero' | 'not zero'; readonly code: number }
  | { readonly kind: 'sentence'; readonly expected: string };

/** @returns the first thing that is not as expected; undefined when all is */
export function surprise(expected: Expectation, result: Result, facts: Facts): Surprise | undefined {
  const succeeds = expected.outcome === 'accepted' || expected.outcome === 'deployed';
  if ((result.code === 0) !== succeeds) {
    return { kind: 'exit-status', expected: succeeds ? 'zero' : 'not zero', code: result.code };
  }
  const output = plain(result.output);
  for (const sentence of expected.says ?? []) {
    const wanted = plain(fill(sentence, facts));
    if (!output.includes(wanted)) return { kind: 'sentence', expected: wanted };
  }
  return undefined;
}
