/** Jobs, their executions, and the tasks of those. */
import type {
  Condition,
  Deletion,
  Described,
  Failure,
  LaunchStage,
  ResourceKey,
  WrittenRecord,
} from './common.js';
import type { ImportedImages, InstanceTemplate } from './containers.js';

export type JobKey = ResourceKey;
export type ExecutionKey = ResourceKey;

export interface TaskTemplate extends InstanceTemplate {
  /** How often a failed task is tried again. */
  readonly maxRetries: number;
  /** For each attempt of a task. */
  readonly timeoutSeconds: number;
}

export interface ExecutionTemplate extends Described {
  readonly taskCount: number;
  /** Tasks that run at the same time; 0 for as many as possible. */
  readonly parallelism: number;
  readonly task: TaskTemplate;
}

export interface JobSpec extends Described {
  readonly launchStage: LaunchStage;
  readonly template: ExecutionTemplate;
}

export type ExecutionState = 'running' | 'succeeded' | 'failed' | 'cancelled';

/** What a job says of its newest execution. */
export interface LatestExecution {
  readonly name: string;
  readonly createTime: string;
  readonly completionTime?: string;
  readonly state: ExecutionState;
  readonly deleteTime?: string;
}

export interface JobRecord extends WrittenRecord<JobSpec> {
  /** The images of the newest generation, once they are imported. Executions start from them. */
  readonly imported?: ImportedImages;
  /** The error of a job whose newest generation failed. */
  readonly error?: Failure;
  /** Executions ever made. */
  readonly executionCount: number;
  readonly latestCreatedExecution?: LatestExecution;
}

export interface ExecutionRecord extends ResourceKey {
  readonly projectNumber: string;
  /** The job it belongs to. */
  readonly job: string;
  readonly jobUid: string;
  readonly jobGeneration: number;
  readonly uid: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly creator: string;
  readonly operationId: string;
  readonly launchStage: LaunchStage;
  /** The job's template with the overrides of this run. */
  readonly template: ExecutionTemplate;
  readonly imported: ImportedImages;
  readonly state: ExecutionState;
  readonly conditions: readonly Condition[];
  readonly startTime?: string;
  readonly completionTime?: string;
  /** Somebody asked for its end; it goes on until its tasks have stopped. */
  readonly cancelRequestTime?: string;
  readonly runningCount: number;
  readonly succeededCount: number;
  readonly failedCount: number;
  readonly cancelledCount: number;
  readonly retriedCount: number;
  readonly deletion?: Deletion;
}

export type TaskState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** How an attempt of a task ended. */
export interface TaskAttempt {
  /** The container's exit code; left out when a signal of ours or the kernel's ended it. */
  readonly exitCode?: number;
  readonly termSignal?: number;
  /** google.rpc code and message; code 0 when it succeeded. */
  readonly status: Failure;
}

/** Named `EXECUTION-taskN`. */
export interface TaskRecord extends ResourceKey {
  readonly projectNumber: string;
  readonly job: string;
  readonly execution: string;
  readonly uid: string;
  readonly index: number;
  readonly createTime: string;
  readonly updateTime: string;
  readonly scheduledTime?: string;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly state: TaskState;
  readonly conditions: readonly Condition[];
  /** Attempts after the first. */
  readonly retried: number;
  readonly lastAttempt?: TaskAttempt;
}
