/**
 * The estate: organization, folders, groups and projects with their APIs, policies, service accounts and
 * repositories, written to a file and read from one. Applies, exports and empties a plane as a whole.
 */
export { type ApplyRequest, applyEstate, type EstateDeps } from './apply.js';
export { type Exported, exportEstate } from './export.js';
export { type EstateFormat, estateText } from './format.js';
export { EstateError } from './problems.js';
export type { EstateFile } from './read.js';
export type { ApplyReport, ChangeKind, EstateChange } from './report.js';
export { estateSchema } from './schema.js';
