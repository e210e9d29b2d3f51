/** Real projects as an estate file, for rehearsals: read from Google Cloud, and fitted to what a plane takes. */
export { CopyError } from './copying.js';
export type { EstateCopy } from './document.js';
export { type Fitted, fitEstate } from './fit.js';
export { copyFromGoogle, type GoogleCopy } from './google.js';
export { PLACEHOLDER } from './project.js';
