/** Files that describe deploys: from bytes to deploys with the places where they are written, or a clear error. */
export { type FileDocument, readDocuments } from './documents.js';
export { annotationTopic } from './inspect.js';
export { type FileDefaults, type ReadFile, readResourceFile } from './resource-file.js';
export { BadInput, DEFAULT_MAX_BYTES, decodeText } from './text.js';
