/** The plane: puts the rooms together over one data directory, and answers the commands' admin calls. */
import type { containersHere as containers, diagnose as look } from './doctor/index.js';
import type { PlaneRoles } from './roles/index.js';
import type { estateSource as ofEstate } from './source/index.js';
import type { startPlane as start } from './start.js';

export type { Finding, Surroundings } from './doctor/index.js';
export type { ApplyReport, ChangeKind, EstateChange, EstateFile } from './estate/index.js';
export type { PlaneOptions } from './options.js';
export type { RefusedCall } from './refused-calls.js';
export type { GoogleAnswer, GoogleGet, PlaneRoles, RoleDifference, SyncedRoles } from './roles/index.js';
export type { EstateSource, EstateSourceOptions } from './source/index.js';
export type { Plane } from './start.js';

/** Loads the rooms when a plane is started, and not before: commands that merely ask a running one stay quick. */
export const startPlane: typeof start = async (given) => (await import('./start.js')).startPlane(given);

/** Looks this machine over; loaded where it is asked for. */
export const diagnose: typeof look = async (surroundings) =>
  (await import('./doctor/index.js')).diagnose(surroundings);

/** Whether containers run here; loaded where it is asked for. */
export const containersHere: typeof containers = async (env) =>
  (await import('./doctor/index.js')).containersHere(env);

/** The predefined roles of a data directory; loaded where they are asked for. */
export const planeRoles = async (): Promise<PlaneRoles> => (await import('./roles/index.js')).planeRoles;

/** Estate files as a source of facts, without a plane that runs; loaded where they are asked for. */
export const estateSource: typeof ofEstate = async (files, options) =>
  (await import('./source/index.js')).estateSource(files, options);
