/** The audit room: log entries as Google shapes them, the log that keeps them, and its query language. */
export * from './audit-entries.js';
export { containerName, type LogContainer, monitoredContainer } from './containers.js';
export { logName } from './keys.js';
export { type LogOptions, openLog } from './log.js';
export { compileFilter, type Matcher } from './query/index.js';
export * from './run-entries.js';
export { isSeverity } from './severity.js';
export { nestsDeeperThan } from './structured-line.js';
export { canonicalTime } from './times.js';
export * from './types.js';
