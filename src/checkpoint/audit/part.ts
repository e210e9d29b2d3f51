/** What the audit of a part of an estate comes to: plain data, which one thread may hand to another. */
import type { ResourceName, RunKind } from '../../names/index.js';
import type { Effect, Step } from '../types.js';
import type { AuditPoint, VerdictCounts } from './types.js';

/** A step that denied rows need. */
export interface PartNeed {
  readonly step: Step;
  readonly requirements: readonly string[];
  /** How many resources need it, and the first of them. */
  readonly resources: number;
  readonly examples: readonly ResourceName[];
  readonly rows: number;
  readonly suffices: number;
}

export interface PartRequirement {
  readonly id: string;
  readonly effect: Effect;
  readonly denied: number;
  readonly unknown: number;
}

export interface PartTotals {
  readonly rows: VerdictCounts;
  /** Each resource by the worst of its rows. */
  readonly resources: VerdictCounts;
  readonly withoutDeployer: number;
  readonly kinds: Readonly<Record<RunKind, VerdictCounts>>;
}

/** Rows in numbers, and what these stand for. */
export interface PartRows {
  readonly targets: readonly ResourceName[];
  /** As members. */
  readonly deployers: readonly string[];
  readonly points: readonly AuditPoint[];
  /** ROW numbers for each row: target, deployer, verdict, point or NO_POINT, how many are denied, how many unknown. */
  readonly numbers: Int32Array<ArrayBuffer>;
}

/** Each resource is in one part alone. */
export interface AuditPart {
  readonly totals: PartTotals;
  /** As members. */
  readonly deployers: readonly string[];
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
