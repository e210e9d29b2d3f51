/** Logs of past deploys, for a scan: exported files, a plane's, or Google Cloud's. */
export { contentsOf } from '../files/index.js';
export { type LogQuery, scanLogging, visibleProjects } from './api.js';
export { googleLogging, planeLogging } from './callers.js';
export { type LogFile, logFilesAt, scanFiles, scanPieces } from './files.js';
export { Reading } from './reading.js';
