/** Long-running operations, and what they are about. */
import type { RunKind } from '../../names/index.js';
import type { Failure } from './common.js';
import type { ExecutionRecord, JobRecord } from './job.js';
import type { RevisionRecord, WorkerPoolRevisionRecord } from './revision.js';
import type { ServiceRecord } from './service.js';
import type { WorkerPoolRecord } from './worker-pool.js';

/** What an operation is about. */
export type OperationSubject =
  | { readonly kind: 'service'; readonly service: ServiceRecord }
  | { readonly kind: 'revision'; readonly revision: RevisionRecord }
  | { readonly kind: 'job'; readonly job: JobRecord }
  | { readonly kind: 'execution'; readonly execution: ExecutionRecord }
  | { readonly kind: 'workerPool'; readonly workerPool: WorkerPoolRecord }
  | { readonly kind: 'workerPoolRevision'; readonly revision: WorkerPoolRevisionRecord };

export interface OperationRecord {
  readonly project: string;
  readonly location: string;
  readonly id: string;
  readonly createTime: string;
  readonly kind: 'create' | 'update' | 'delete' | 'run' | 'cancel';
  /** The service, job or worker pool that the operation belongs to. */
  readonly owner: { readonly kind: RunKind; readonly name: string };
  /** The owner's, when the operation began. */
  readonly generation: number;
  /** As it stood when the operation began and, once that has ended, as it stood then. */
  readonly subject: OperationSubject;
  /** Undefined while the operation runs; google.rpc code and message when it failed. */
  readonly result?: { readonly error?: Failure };
}
