/** The entries that Cloud Run writes by itself about jobs (cloudaudit.googleapis.com/system_event). */
import { type NewLogEntry, systemEventEntry } from '../../audit/index.js';
import { monitoredAs, type ObjectViews, RUN_API, readinessEntry } from '../events.js';
import type { ExecutionRecord, JobRecord } from '../model.js';
import * as texts from './texts.js';

export type JobViews = Pick<ObjectViews, 'job' | 'execution'>;

/** The entry of a job whose Ready condition has changed. */
export function jobEvent(job: JobRecord, views: JobViews, time: Date): NewLogEntry {
  return readinessEntry({
    about: job,
    noun: 'Job',
    collection: 'jobs',
    methodName: job.generation === 1 ? '/Jobs.CreateJob' : '/Jobs.UpdateJob',
    monitored: monitoredAs('job', job),
    response: views.job(job),
    time,
  });
}

/** The entry of an execution that has ended; its code is ABORTED where tasks failed. */
export function executionEvent(execution: ExecutionRecord, views: JobViews, time: Date): NewLogEntry {
  const { project, location, name, job } = execution;
  return {
    ...systemEventEntry({
      project,
      serviceName: RUN_API,
      methodName: '/Jobs.RunJob',
      resourceName: `namespaces/${project}/executions/${name}`,
      monitored: monitoredAs('job', { project, location, name: job }),
      location,
      response: views.execution(execution),
      time,
      status: statusOf(execution),
    }),
    labels: { 'run.googleapis.com/execution_name': name },
  };
}

function statusOf({ name, state, succeededCount, template }: ExecutionRecord): {
  code?: number;
  message: string;
} {
  switch (state) {
    case 'failed':
      return { code: 10, message: texts.executionFailed(name, succeededCount, template.taskCount) };
    case 'cancelled':
      return { code: 1, message: texts.executionCancelled(name) };
    case 'succeeded':
    case 'running':
      return { message: texts.executionSucceeded(name) };
  }
}
