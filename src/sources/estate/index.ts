/**
 * Real projects as an estate file, for rehearsals: read from Google Cloud or from an export of it, and fitted to what a
 * plane takes.
 */
export { copyFromAssets } from './assets.js';
export { boundaryDocuments } from './boundaries.js';
export { type CopiedEstate, CopyError } from './copying.js';
export type { EstateCopy } from './document.js';
export { type Fitted, fitEstate } from './fit.js';
export { copyFromGoogle, type GoogleCopyChoice } from './google.js';
export { PLACEHOLDER } from './project.js';
export { CopiedTags } from './tags.js';
