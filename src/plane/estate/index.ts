/**
 * The estate: organization, folders, groups and projects with their APIs, policies, service accounts and
 * repositories, written to a file and read from one. Applies, exports and empties a plane as a whole.
 */
import type { applyFirst as apply, checkEstate as check } from './first.js';

export { estateCalls } from './calls.js';
export type { EstateFile } from './read.js';
export type { ApplyReport, ChangeKind, EstateChange } from './report-types.js';

/** For a plane that is started with an estate, which is when it is loaded. */
export const applyFirst: typeof apply = async (...given) => (await import('./first.js')).applyFirst(...given);
export const checkEstate: typeof check = async (...given) =>
  (await import('./first.js')).checkEstate(...given);
