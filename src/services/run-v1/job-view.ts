/** Jobs, executions and tasks as the v1 API shows them. */
import type {
  ExecutionRecord,
  ExecutionTemplate,
  JobRecord,
  LatestExecution,
  Stored,
  TaskAttempt,
  TaskRecord,
  TaskState,
  TaskTemplate,
} from '../../deployments/index.js';
import type { JsonObject } from '../../google/index.js';
import { microseconds } from '../run/context.js';
import { COMPLETION_STATUS, executionLogsUrl, type TaskOf } from '../run/executions.js';
import { clientAnnotations, launchStageAnnotation } from './annotations.js';
import { instanceAnnotations } from './instance-annotations.js';
import { instanceSpecView } from './instance-view.js';
import { JOB } from './parse-job.js';
import { conditionView, resourceVersion } from './view.js';

export const EXECUTION = { apiVersion: JOB.apiVersion, kind: 'Execution' } as const;
export const TASK = { apiVersion: JOB.apiVersion, kind: 'Task' } as const;

export const JOB_LABEL = 'run.googleapis.com/job';
export const EXECUTION_LABEL = 'run.googleapis.com/execution';
const LOCATION_LABEL = 'cloud.googleapis.com/location';
const CREATOR = 'run.googleapis.com/creator';
const LAST_MODIFIER = 'run.googleapis.com/lastModifier';
const OPERATION_ID = 'run.googleapis.com/operation-id';

/** How `gcloud run jobs executions tasks list` tells the states apart. */
const RUNNING_STATE: Readonly<Record<TaskState, string>> = {
  waiting: 'Waiting',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** A time under its name, where there is one. */
function time<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const record: Partial<Record<K, string>> = {};
  if (value !== undefined) record[key] = microseconds(value);
  return record;
}

/** A job as `jobs describe` shows it. Version 0: as it once was, which no write can name as its base. */
export function jobView({ value: job, version }: Stored<JobRecord>): JsonObject {
  const { spec, latestCreatedExecution: latest } = job;
  return {
    ...JOB,
    metadata: {
      ...metadata(job, 'jobs', version),
      generation: job.generation,
      labels: {
        ...spec.labels,
        [LOCATION_LABEL]: job.location,
        'run.googleapis.com/lastUpdatedTime': microseconds(job.updateTime),
      },
      annotations: {
        ...spec.annotations,
        ...clientAnnotations(spec.client),
        ...launchStageAnnotation(spec.launchStage),
        [CREATOR]: job.creator,
        [LAST_MODIFIER]: job.lastModifier,
        [OPERATION_ID]: job.operationId,
      },
    },
    spec: {
      template: {
        metadata: { labels: spec.template.labels, annotations: templateAnnotations(spec.template) },
        spec: executionSpecView(spec.template),
      },
    },
    status: {
      observedGeneration: job.observedGeneration,
      conditions: job.conditions.map(conditionView),
      executionCount: job.executionCount,
      ...(latest === undefined ? {} : { latestCreatedExecution: latestView(latest) }),
    },
  };
}

function latestView({ name, createTime, completionTime, state, deleteTime }: LatestExecution): JsonObject {
  return {
    name,
    creationTimestamp: microseconds(createTime),
    ...time('completionTimestamp', completionTime),
    completionStatus: COMPLETION_STATUS[state],
    ...time('deletionTimestamp', deleteTime),
  };
}

interface Identified {
  readonly projectNumber: string;
  readonly name: string;
  readonly uid: string;
  readonly createTime: string;
  readonly deletion?: { readonly deleteTime: string };
}

function metadata(
  { projectNumber, name, uid, createTime, deletion }: Identified,
  collection: string,
  version: number,
): JsonObject {
  return {
    name,
    namespace: projectNumber,
    selfLink: `/apis/${JOB.apiVersion}/namespaces/${projectNumber}/${collection}/${name}`,
    uid,
    ...(version === 0 ? {} : { resourceVersion: resourceVersion(version) }),
    creationTimestamp: microseconds(createTime),
    ...time('deletionTimestamp', deletion?.deleteTime),
  };
}

const templateAnnotations = (template: ExecutionTemplate) => ({
  ...template.annotations,
  ...clientAnnotations(template.client),
  ...instanceAnnotations(template.task),
});

function executionSpecView({ parallelism, taskCount, task }: ExecutionTemplate): JsonObject {
  return {
    ...(parallelism === 0 ? {} : { parallelism }),
    taskCount,
    template: { spec: taskSpecView(task) },
  };
}

/** 64-bit numbers, such as the timeout, are text. */
function taskSpecView(task: TaskTemplate): JsonObject {
  return {
    ...instanceSpecView(task),
    maxRetries: task.maxRetries,
    timeoutSeconds: String(task.timeoutSeconds),
  };
}

/** An execution's labels, by which clients select. */
export function executionLabels(execution: ExecutionRecord): Record<string, string> {
  return {
    ...execution.template.labels,
    [LOCATION_LABEL]: execution.location,
    [JOB_LABEL]: execution.job,
    'run.googleapis.com/jobGeneration': String(execution.jobGeneration),
    'run.googleapis.com/jobUid': execution.jobUid,
  };
}

export function executionView({ value: execution, version }: Stored<ExecutionRecord>): JsonObject {
  return {
    ...EXECUTION,
    metadata: {
      ...metadata(execution, 'executions', version),
      generation: 1,
      labels: executionLabels(execution),
      annotations: {
        ...templateAnnotations(execution.template),
        ...launchStageAnnotation(execution.launchStage),
        [CREATOR]: execution.creator,
        [LAST_MODIFIER]: execution.creator,
        [OPERATION_ID]: execution.operationId,
      },
      ownerReferences: [owner(JOB.kind, execution.job, execution.jobUid)],
    },
    spec: executionSpecView(execution.template),
    status: {
      observedGeneration: 1,
      conditions: execution.conditions.map(conditionView),
      ...time('startTime', execution.startTime),
      ...time('completionTime', execution.completionTime),
      runningCount: execution.runningCount,
      succeededCount: execution.succeededCount,
      failedCount: execution.failedCount,
      cancelledCount: execution.cancelledCount,
      retriedCount: execution.retriedCount,
      logUri: executionLogsUrl(execution),
    },
  };
}

const owner = (kind: string, name: string, uid: string): JsonObject => ({
  apiVersion: JOB.apiVersion,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** A task's labels, by which clients select. */
export function taskLabels({ task, execution }: TaskOf): Record<string, string> {
  return {
    ...executionLabels(execution),
    [EXECUTION_LABEL]: execution.name,
    'run.googleapis.com/runningState': RUNNING_STATE[task.state],
  };
}

export function taskView({ task, execution }: TaskOf): JsonObject {
  return {
    ...TASK,
    metadata: {
      ...metadata(task, 'tasks', 0),
      generation: 1,
      labels: taskLabels({ task, execution }),
      annotations: {
        ...templateAnnotations(execution.template),
        [CREATOR]: execution.creator,
        [LAST_MODIFIER]: execution.creator,
      },
      ownerReferences: [owner(EXECUTION.kind, execution.name, execution.uid)],
    },
    spec: taskSpecView(execution.template.task),
    status: {
      observedGeneration: 1,
      index: task.index,
      conditions: task.conditions.map(conditionView),
      ...time('startTime', task.startTime),
      ...time('completionTime', task.completionTime),
      retried: task.retried,
      ...attemptView(task),
      logUri: executionLogsUrl(task),
    },
  };
}

function attemptView({ lastAttempt }: TaskRecord): JsonObject {
  if (lastAttempt === undefined) return {};
  const { exitCode, termSignal, status }: TaskAttempt = lastAttempt;
  return {
    lastAttemptResult: {
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(termSignal === undefined ? {} : { termSignal }),
      status: status.code === 0 ? {} : { ...status },
    },
  };
}
