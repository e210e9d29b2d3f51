/** The form of the estate file: the JSON Schema that is published, and the content that it admits, as types. */
export type * from './document.js';
export { estateSchema } from './schema.js';
