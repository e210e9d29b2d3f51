/** Revisions, of services and of worker pools. */
import type { Condition, Deletion, Failure, LaunchStage, ResourceKey } from './common.js';
import type { ImportedImages, InstanceTemplate } from './containers.js';
import type { Template } from './service.js';
import type { WorkerPoolTemplate } from './worker-pool.js';

export type RevisionState = 'pending' | 'ready' | 'failed';

/** What revisions of both kinds have. */
export interface AnyRevision<T extends InstanceTemplate> extends ResourceKey {
  readonly projectNumber: string;
  readonly uid: string;
  /** The owner's generation that made it. */
  readonly generation: number;
  readonly createTime: string;
  readonly creator: string;
  readonly template: T;
  readonly launchStage: LaunchStage;
  readonly state: RevisionState;
  readonly conditions: readonly Condition[];
  /** All of its images, once they are imported. */
  readonly imported?: ImportedImages;
  /** The error of a failed revision, as its operation carries it. */
  readonly error?: Failure;
  readonly deletion?: Deletion;
}

export interface RevisionRecord extends AnyRevision<Template> {
  /** The service the revision belongs to. */
  readonly service: string;
}

export interface WorkerPoolRevisionRecord extends AnyRevision<WorkerPoolTemplate> {
  /** The worker pool the revision belongs to. */
  readonly workerPool: string;
}
