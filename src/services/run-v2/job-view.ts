/** Jobs, executions and tasks as the v2 API shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  ExecutionRecord,
  JobRecord,
  LatestExecution,
  TaskRecord,
  TaskTemplate,
} from '../../deployments/index.js';
import type { ExecutionSchema } from '../../google/gen/google/cloud/run/v2/execution_pb.js';
import {
  ExecutionReference_CompletionStatus as CompletionStatus,
  type ExecutionReferenceSchema,
  type JobSchema,
} from '../../google/gen/google/cloud/run/v2/job_pb.js';
import type { TaskSchema } from '../../google/gen/google/cloud/run/v2/task_pb.js';
import { COMPLETION_STATUS, executionLogsUrl, type TaskOf } from '../run/executions.js';
import { spellRunName } from '../run/names.js';
import { conditionMessage } from './conditions.js';
import { etagOf } from './etag.js';
import { executionEnvironmentOf, instanceMessage } from './instance-view.js';
import { deletionFields, launchStage, recordFields, timestamp } from './record-view.js';

type JobInit = MessageInitShape<typeof JobSchema>;
type ExecutionInit = MessageInitShape<typeof ExecutionSchema>;
type TaskInit = MessageInitShape<typeof TaskSchema>;

const jobName = ({ project, location, job }: ExecutionRecord | TaskRecord): string =>
  spellRunName({ kind: 'job', project, location, name: job });

/** `projects/P/locations/L/jobs/J/executions/E`, with the project's id. */
export const executionName = (execution: ExecutionRecord): string =>
  `${jobName(execution)}/executions/${execution.name}`;

const taskName = (task: TaskRecord): string =>
  `${jobName(task)}/executions/${task.execution}/tasks/${task.name}`;

/** What an execution's etag is made from: clients do not write it, so that only its end changes it. */
export const executionVersion = (execution: ExecutionRecord) => ({
  name: executionName(execution),
  updateTime: execution.completionTime ?? execution.cancelRequestTime ?? execution.createTime,
  generation: 1,
});

/** The fields that clients set, as they would have to be sent to leave the job as it is. */
export function jobInput({ name, spec }: JobRecord) {
  const { template } = spec;
  return {
    labels: { ...spec.labels },
    annotations: { ...spec.annotations },
    client: spec.client.name,
    clientVersion: spec.client.version,
    launchStage: launchStage(spec.launchStage),
    template: {
      labels: { ...template.labels },
      annotations: { ...template.annotations },
      parallelism: template.parallelism,
      taskCount: template.taskCount,
      template: {
        ...taskFields(template.task, name),
        retries: { case: 'maxRetries' as const, value: template.task.maxRetries },
      },
    },
  } satisfies JobInit;
}

/** What a template and the tasks made from it have in common. */
function taskFields(task: TaskTemplate, job: string) {
  return {
    ...instanceMessage(task, job),
    ...executionEnvironmentOf(task),
    timeout: { seconds: BigInt(task.timeoutSeconds) },
  };
}

export function jobMessage(job: JobRecord): JobInit {
  const { latestCreatedExecution: latest } = job;
  return {
    ...jobInput(job),
    ...recordFields('job', job),
    conditions: job.conditions.filter(({ type }) => type !== 'Ready').map(conditionMessage),
    executionCount: job.executionCount,
    ...(latest === undefined ? {} : { latestCreatedExecution: referenceMessage(latest) }),
  };
}

function referenceMessage({
  name,
  createTime,
  completionTime,
  deleteTime,
  state,
}: LatestExecution): MessageInitShape<typeof ExecutionReferenceSchema> {
  return {
    name,
    createTime: timestamp(createTime),
    ...(completionTime === undefined ? {} : { completionTime: timestamp(completionTime) }),
    ...(deleteTime === undefined ? {} : { deleteTime: timestamp(deleteTime) }),
    completionStatus: CompletionStatus[COMPLETION_STATUS[state]],
  };
}

/** Start and end, as far as they have come. */
const times = ({ startTime, completionTime }: ExecutionRecord | TaskRecord) => ({
  ...(startTime === undefined ? {} : { startTime: timestamp(startTime) }),
  ...(completionTime === undefined ? {} : { completionTime: timestamp(completionTime) }),
});

export function executionMessage(execution: ExecutionRecord): ExecutionInit {
  const { template } = execution;
  return {
    name: executionName(execution),
    uid: execution.uid,
    creator: execution.creator,
    generation: 1n,
    labels: { ...template.labels },
    annotations: { ...template.annotations },
    createTime: timestamp(execution.createTime),
    updateTime: timestamp(execution.updateTime),
    ...times(execution),
    ...deletionFields(execution.deletion),
    launchStage: launchStage(execution.launchStage),
    job: execution.job,
    parallelism: template.parallelism,
    taskCount: template.taskCount,
    template: {
      ...taskFields(template.task, execution.job),
      retries: { case: 'maxRetries', value: template.task.maxRetries },
    },
    reconciling: execution.state === 'running',
    conditions: execution.conditions.map(conditionMessage),
    observedGeneration: 1n,
    runningCount: execution.runningCount,
    succeededCount: execution.succeededCount,
    failedCount: execution.failedCount,
    cancelledCount: execution.cancelledCount,
    retriedCount: execution.retriedCount,
    logUri: executionLogsUrl(execution),
    etag: etagOf(executionVersion(execution)),
  };
}

export function taskMessage({ task, execution }: TaskOf): TaskInit {
  const { template } = execution;
  return {
    name: taskName(task),
    uid: task.uid,
    generation: 1n,
    labels: { ...template.labels },
    annotations: { ...template.annotations },
    createTime: timestamp(task.createTime),
    ...(task.scheduledTime === undefined ? {} : { scheduledTime: timestamp(task.scheduledTime) }),
    updateTime: timestamp(task.updateTime),
    ...times(task),
    job: task.job,
    execution: task.execution,
    ...taskFields(template.task, task.job),
    maxRetries: template.task.maxRetries,
    reconciling: task.state === 'waiting' || task.state === 'running',
    conditions: task.conditions.map(conditionMessage),
    observedGeneration: 1n,
    index: task.index,
    retried: task.retried,
    ...attemptOf(task),
    logUri: executionLogsUrl(task),
    etag: etagOf({ name: taskName(task), updateTime: task.updateTime, generation: 1 }),
  };
}

function attemptOf({ lastAttempt }: TaskRecord): Pick<TaskInit, 'lastAttemptResult'> {
  if (lastAttempt === undefined) return {};
  const { status, exitCode, termSignal } = lastAttempt;
  return {
    lastAttemptResult: { status: { ...status }, exitCode: exitCode ?? 0, termSignal: termSignal ?? 0 },
  };
}
