/** The report of an audit: the schema `sekisho.audit/1`. */
import type { Verdict } from '../../iam/index.js';
import type { ResourceName, RunKind } from '../../names/index.js';
import type { Effect, Fix, Moment } from '../types.js';

export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** A Cloud Run resource. One object for all rows that are about it. */
export interface AuditTarget {
  /** With its project by id. */
  readonly resource: ResourceName;
  readonly kind: RunKind;
  readonly project: string;
  readonly location: string;
  readonly name: string;
}

/** A requirement that is not granted: what stands between a deploy and its success. */
export interface AuditPoint {
  /** The requirement's id, e.g. `deployer-reads-image`. */
  readonly id: string;
  readonly moment: Moment;
  readonly effect: Effect;
  readonly verdict: Exclude<Verdict, 'granted'>;
  /** As a member; absent where it concerns nobody in particular. */
  readonly principal?: string;
  readonly permission?: string;
  readonly resource?: ResourceName;
  readonly image?: string;
  /** Why, in English. */
  readonly reasons: readonly string[];
  /** What Google would say. */
  readonly message?: string;
}

/** The next deploy of one resource by one of those who deploy it. */
export interface AuditRow {
  readonly target: AuditTarget;
  /** As a member: `user:…`, `serviceAccount:…`, `principal:…`, or `group:…` for what the group alone gives. */
  readonly deployer: string;
  readonly verdict: Verdict;
  /**
   * What stops it first: of what is denied the first that refuses, else the first that fails, else that warns; where
   * nothing is denied, the first that is unknown. Absent when granted. Rows of the same kind may share one object.
   */
  readonly first?: AuditPoint;
  /** How many requirements are denied, and how many unknown. */
  readonly denied: number;
  readonly unknown: number;
}

/** How often a requirement is in the way. */
export interface RequirementTotal {
  readonly id: string;
  readonly effect: Effect;
  /** Rows in which it is denied, and in which it is unknown. */
  readonly denied: number;
  readonly unknown: number;
}

/** One grant, or another step such as the enabling of an API, and what it would mend. */
export interface AuditFinding {
  readonly fix: Fix;
  /** The requirements that it mends. */
  readonly requirements: readonly string[];
  /** Rows that need it. */
  readonly rows: number;
  /** Cloud Run resources that need it for somebody. */
  readonly resources: number;
  /** Of these rows, those in which nothing else is denied. */
  readonly suffices: number;
  /** A few of the resources. */
  readonly examples: readonly AuditTarget[];
}

/** Something about the whole report that its reader must know. */
export type AuditNote =
  /** What could not be known, with the number of rows that it concerns. */
  | { readonly kind: 'unknown'; readonly why: string; readonly rows: number }
  /** Taken for granted, because the user said so or nothing else makes sense for a deploy that is yet to come. */
  | { readonly kind: 'assumed'; readonly what: string }
  /** Members that let more deploy than can be named: `allUsers`, a domain, a set of principals. */
  | { readonly kind: 'not-asked'; readonly member: string; readonly resources: number }
  /** More principals could deploy than were asked for. */
  | { readonly kind: 'left-out'; readonly rows: number; readonly limit: number }
  /** What was read was not all as it should be: e.g. an asset that came twice. */
  | { readonly kind: 'read'; readonly text: string };

export interface AuditReport {
  readonly schema: 'sekisho.audit/1';
  /** Where the facts are from. */
  readonly source: string;
  /** The time for which conditions were evaluated, RFC 3339. */
  readonly time: string;
  /** Denied if any row is, else unknown if any is, or if not all resources could be listed. */
  readonly verdict: Verdict;
  readonly totals: {
    readonly projects: number;
    /** Each resource by the worst of its rows; those that nobody deploys are in none of the three. */
    readonly resources: VerdictCounts;
    /** Resources that no principal can deploy at all. */
    readonly withoutDeployer: number;
    /** Different principals. */
    readonly deployers: number;
    readonly rows: VerdictCounts;
    readonly kinds: Readonly<Record<RunKind, VerdictCounts>>;
  };
  /** Most often denied first. */
  readonly requirements: readonly RequirementTotal[];
  /** Most rows first. */
  readonly findings: readonly AuditFinding[];
  /** Worst first: denied, unknown, granted; each in the order of the resources' names. */
  readonly rows: readonly AuditRow[];
  readonly notes: readonly AuditNote[];
}
