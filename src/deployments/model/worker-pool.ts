/** Worker pools: instances that take no requests. */
import type { Described, LaunchStage, ResourceKey, WrittenRecord } from './common.js';
import type { InstanceTemplate } from './containers.js';

export type WorkerPoolKey = ResourceKey;

export interface WorkerPoolTemplate extends InstanceTemplate, Described {
  /** A revision name that the client chose. */
  readonly revisionName?: string;
}

/** A revision's share of the instances. */
export interface InstanceSplit {
  readonly percent: number;
  readonly revision: { readonly latest: true } | { readonly name: string };
}

/** An instance split with the revision it reaches. */
export interface SettledSplit {
  readonly percent: number;
  readonly revisionName: string;
  readonly latest: boolean;
}

export interface WorkerPoolSpec extends Described {
  readonly description: string;
  readonly launchStage: LaunchStage;
  readonly customAudiences: readonly string[];
  /** 0 is allowed: then nothing runs. */
  readonly instances: number;
  readonly template: WorkerPoolTemplate;
  readonly splits: readonly InstanceSplit[];
}

export interface WorkerPoolRecord extends WrittenRecord<WorkerPoolSpec> {
  readonly latestCreatedRevision: string;
  readonly latestReadyRevision?: string;
  readonly splits: readonly SettledSplit[];
  /** How many the splits share out: those of the newest generation that has come to something. */
  readonly settledInstances: number;
}
