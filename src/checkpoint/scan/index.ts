/** Scans of logs: which messages of past deploys say that somebody lacks something, who, and what mends it. */
export * from './csv.js';
export { scanMessages } from './messages.js';
export * from './present.js';
export { type Recognised, recognise, SCAN_LITERALS, scanFilter } from './recognise.js';
export * from './report.js';
export { LogScan, type Seen } from './scan.js';
export * from './table.js';
export type * from './types.js';
