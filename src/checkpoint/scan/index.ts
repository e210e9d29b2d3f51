/** Scans of logs: which messages of past deploys say that somebody lacks something, who, and what mends it. */
export { type Recognised, recognise, SCAN_LITERALS, scanFilter } from './recognise.js';
export * from './report.js';
export { LogScan, type Seen } from './scan.js';
export type * from './types.js';
