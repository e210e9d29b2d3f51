/** What the audit of a part of an estate comes to: plain data, which one thread may hand to another. */
import type { ResourceName } from '../../names/index.js';
import type { Effect, Step } from '../types.js';
import type { AuditPoint } from './types.js';

/** A step that denied rows need. */
export interface PartNeed {
  readonly step: Step;
  readonly requirements: readonly string[];
  /** Resources that need it, and the first of them, as indices of targets. */
  readonly resources: number;
  readonly examples: readonly number[];
  readonly rows: number;
  readonly suffices: number;
}

export interface PartRequirement {
  readonly id: string;
  readonly effect: Effect;
  readonly denied: number;
  readonly unknown: number;
}

/** Each resource is in one part alone. */
export interface AuditPart {
  readonly targets: readonly ResourceName[];
  /** ROW numbers for each row: target, deployer, verdict, point or NO_POINT, how many are denied, how many unknown. */
  readonly rows: Int32Array;
  /** As members. */
  readonly deployers: readonly string[];
  readonly points: readonly AuditPoint[];
  readonly projects: readonly string[];
  readonly requirements: readonly PartRequirement[];
  readonly needs: readonly PartNeed[];
  /** What was not known, or could not be asked for, with how often. */
  readonly unknown: ReadonlyMap<string, number>;
  readonly unnamed: ReadonlyMap<string, number>;
  readonly unresolvable: readonly string[];
  readonly leftOut: number;
}

export const ROW = 6;
export const NO_POINT = -1;
/** Verdicts by their numbers in rows, worst first. */
export const VERDICTS = ['denied', 'unknown', 'granted'] as const;
