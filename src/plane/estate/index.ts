/**
 * The estate: organization, folders, groups and projects with their APIs, policies, service accounts and
 * repositories, written to a file and read from one. Applies, exports and empties a plane as a whole.
 */
export { estateCalls } from './calls.js';
export { applyFirst, checkEstate } from './first.js';
export type { EstateFile } from './read.js';
export type { ApplyReport, ChangeKind, EstateChange } from './report-types.js';
