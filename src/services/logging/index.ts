/** The Logging API: reading, writing, listing and deleting the plane's log entries. */
export { type LoggingDeps, loggingApi } from './api.js';
