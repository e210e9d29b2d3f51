/**
 * What all Google APIs have in common: errors, JSON, methods and their transcoding, operations, paging, field
 * masks; and the generated protos under gen/ (made by `npm run generate`, not committed).
 */
export * from './errors.js';
export * from './html.js';
export * from './http.js';
export * from './json.js';
export * from './method.js';
export * from './path-template.js';
export * from './proto-json.js';
export * from './system-parameters.js';
export * from './transcode.js';
export * from './unserved.js';
