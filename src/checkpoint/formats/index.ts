/** What checks look like beside the table: SARIF, annotations for GitHub, Markdown for pull requests. */
export * from './github.js';
export * from './markdown.js';
export * from './sarif.js';
export type * from './sarif-log.js';
