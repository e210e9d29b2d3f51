/**
 * What is made of verdicts, and of many of them: formats, pictures, audits of estates, scans of logs. A door of its own
 * beside the room's: a plane makes none of it, and starts without loading it.
 */
export * from '../audit/index.js';
export * from '../formats/index.js';
export * from '../graph/index.js';
export * from '../scan/index.js';
export * from '../table.js';
