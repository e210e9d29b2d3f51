/** The plane: puts the rooms together over one data directory, and answers the commands' admin calls. */

export * from './ca-bundle.js';
export * from './data-dir.js';
export * from './options.js';
export { type Plane, startPlane } from './start.js';
