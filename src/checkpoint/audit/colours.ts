/** The colours of verdicts in reports: each legible on white (WCAG 2.2, 1.4.3), and none of them alone says anything. */
import type { Verdict } from '../../iam/index.js';

export const VERDICT_COLOURS: Readonly<Record<Verdict, string>> = {
  denied: '#b3261e',
  unknown: '#8a5a00',
  granted: '#1b6e3c',
};
/** Worst first. */
export const VERDICTS = ['denied', 'unknown', 'granted'] as const satisfies readonly Verdict[];
