/** What a scan of audit logs finds: the schema `sekisho.scan/1`. */
import type { Verdict } from '../../iam/index.js';
import type { ResourceName, RunKind } from '../../names/index.js';
import type { ReportedFix } from '../report.js';

/** What became of the deploy: it went on with a warning, it was refused, or it was accepted and failed. */
export type Outcome = 'warned' | 'refused' | 'failed';

/** The requirement of a deploy that was not met, by its id. */
export type Unmet = 'deployer-reads-image' | 'agent-pulls-image' | 'agent-mints-token';

/** What somebody tried to deploy. */
export interface ScanTarget {
  readonly kind: RunKind;
  readonly project: string;
  readonly location: string;
  readonly name: string;
}

/** All entries about one principal that lacks one thing for one service, job or worker pool. */
export interface ScanGroup {
  readonly id: Unmet;
  /** As a member; absent when no entry names it. */
  readonly principal?: string;
  /** The project whose service agent it is. */
  readonly agentOf?: string;
  readonly permission: string;
  /** The repository or the service account; absent when the image lies in no repository of Artifact Registry. */
  readonly resource?: ResourceName;
  readonly target: ScanTarget;
  /** Entries, by what became of the deploy. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly count: number;
  /** RFC 3339; absent when no entry says when. */
  readonly first?: string;
  readonly last?: string;
  /** An example. */
  readonly image?: string;
  /** The runtime account that no tokens could be had for. */
  readonly account?: string;
  /** Who acted through the principal, by impersonation; at most three. */
  readonly through?: readonly string[];
  /** Whether the principal has the permission now, by the source that was asked. */
  readonly now?: Verdict;
}

/** Why something could not be read. */
export type ScanProblemKind =
  | 'not-json'
  | 'too-long'
  | 'cut-off'
  /** JSON that is damaged so that what follows cannot be told apart. */
  | 'lost'
  | 'no-entry'
  /** A whole file without a line of JSON. */
  | 'no-log'
  /** What the system, an API or a decompressor says stands in `detail`. */
  | 'unreadable';

/** Something that could not be read. */
export interface ScanProblem {
  /** A file's name, or a project's. */
  readonly where: string;
  readonly line?: number;
  readonly kind: ScanProblemKind;
  readonly detail?: string;
}

export interface ScanReport {
  readonly schema: 'sekisho.scan/1';
  /** Where the logs are from, e.g. `audit.json.gz`. */
  readonly sources: readonly string[];
  readonly entries: number;
  /** Entries that speak of it where it concerns somebody else, such as the output of a container. */
  readonly elsewhere: number;
  /** Entries about principals beyond the number of groups that a scan keeps. */
  readonly ungrouped: number;
  /** False when something could not be read, or not be grouped. */
  readonly complete: boolean;
  /** Those with the most entries first. */
  readonly groups: readonly ScanGroup[];
  readonly fixes: readonly ReportedFix[];
  /** The first of them. */
  readonly problems: readonly ScanProblem[];
  readonly problemCount: number;
}
