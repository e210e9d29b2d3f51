/** What the APIs ask of jobs. */
import type { Call } from '../../google/index.js';
import type {
  EnvVar,
  ExecutionKey,
  ExecutionRecord,
  JobKey,
  JobRecord,
  OperationRecord,
  ResourceKey,
  Stored,
  TaskRecord,
} from '../model.js';
import type { RemovalOptions } from '../removal.js';
import type { Written } from '../resource-writer.js';

/** What one run of a job does otherwise than the job says. */
export interface RunOverrides {
  readonly containerOverrides: readonly ContainerOverride[];
  readonly taskCount?: number;
  /** For each attempt of a task. */
  readonly timeoutSeconds?: number;
}

export interface ContainerOverride {
  /** Left out: the job's only container. */
  readonly name?: string;
  /** Take the place of the container's, unless empty. */
  readonly args?: readonly string[];
  /** Added to, and winning over, the container's. */
  readonly env?: readonly EnvVar[];
  /** The container's arguments are dropped. */
  readonly clearArgs?: boolean;
}

/** One call to run a job. */
export interface RunRequest {
  readonly overrides?: RunOverrides;
  /** Compares what the client read with what is there. @throws ABORTED */
  readonly check?: (before: Stored<JobRecord>) => void;
  /** Validate, run nothing. */
  readonly dryRun: boolean;
}

/** Whoever calls has been let in: these methods check no permission. */
export interface JobRuns {
  /**
   * Makes an execution with its tasks; the operation ends when the execution does. Pulls nothing.
   * @throws NOT_FOUND, ABORTED, INVALID_ARGUMENT, FAILED_PRECONDITION when the job is not ready
   */
  run(key: JobKey, request: RunRequest, call: Call): Promise<Written<ExecutionRecord>>;
}

export interface Executions {
  /** @throws NOT_FOUND */
  get(key: ExecutionKey): Promise<Stored<ExecutionRecord>>;
  /** In one location or in all, of one job or of all, by location and name. */
  list(project: string, location?: string, job?: string): Promise<Stored<ExecutionRecord>[]>;
  /** Those that were deleted and have not expired yet. */
  listDeleted(
    project: string,
    location: string | undefined,
    time: Date,
    job?: string,
  ): Promise<ExecutionRecord[]>;
  /**
   * Asks for its end; the operation ends when its tasks have stopped.
   * @throws NOT_FOUND, ABORTED, FAILED_PRECONDITION when it has ended or its end has been asked for already
   */
  cancel(
    key: ExecutionKey,
    call: Call,
    options?: RemovalOptions<ExecutionRecord>,
  ): Promise<Written<ExecutionRecord>>;
  /** Removes it with its tasks; one that runs is stopped. @throws NOT_FOUND, ABORTED */
  remove(key: ExecutionKey, call: Call, options?: RemovalOptions<ExecutionRecord>): Promise<OperationRecord>;
}

export interface Tasks {
  /** @throws NOT_FOUND */
  get(key: ResourceKey): Promise<Stored<TaskRecord>>;
  /** In one location or in all, of one execution or of all, by location, execution and index. */
  list(project: string, location?: string, execution?: string): Promise<Stored<TaskRecord>[]>;
}
