/** The time range that a filter cannot match outside of, so that the log need not be read beyond it. */
import { canonicalTime } from '../times.js';
import type { Expression } from './ast.js';

/** Canonical times, both inclusive. */
export interface TimeBounds {
  readonly from?: string;
  readonly to?: string;
}

/** Reads the bounds off comparisons of `timestamp` that every match must satisfy. */
export function timeBounds(expression: Expression): TimeBounds {
  const terms = expression.kind === 'all' ? expression.terms : [expression];
  let from: string | undefined;
  let to: string | undefined;
  for (const term of terms) {
    if (term.kind !== 'compare' || term.operand.kind !== 'field') continue;
    const [name, ...rest] = term.operand.path;
    if (rest.length > 0 || name?.toLowerCase() !== 'timestamp') continue;
    const time = canonicalTime(term.value.text);
    if (time === undefined) continue;
    const { op } = term;
    const exact = op === '=' || op === ':';
    if ((exact || op === '>' || op === '>=') && (from === undefined || time > from)) from = time;
    if ((exact || op === '<' || op === '<=') && (to === undefined || time < to)) to = time;
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
