/** Facts that Google does not give. */
import type { Unknown } from '../../checkpoint/index.js';

export const unknown = (why: string): Unknown => ({ unknown: true, why });

/** Where Google answers alike what is not there and what the caller may not see. */
export const notThereOrHidden = (what: string): Unknown =>
  unknown(`${what} is not there, or whoever asks may not see it`);
