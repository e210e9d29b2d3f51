/** Writes of jobs: each that changes the template has the images imported anew. */
import { isDeepStrictEqual } from 'node:util';
import { setConditions } from '../conditions.js';
import { jobResourceNotFound } from '../errors.js';
import { collections, type JobRecord, type JobSpec } from '../model.js';
import {
  type Making,
  ResourceWriter,
  type WritableKind,
  type WriterDependencies,
} from '../resource-writer.js';

/** Creates and updates jobs. */
export type JobWriter = ResourceWriter<JobSpec, JobRecord>;

export function jobWriter(deps: WriterDependencies): JobWriter {
  return new ResourceWriter(JOB, deps);
}

export const JOB: WritableKind<JobSpec, JobRecord> = {
  kind: 'job',
  rowKey: collections.jobs.at,
  notFound: (key) => jobResourceNotFound('JOB', key),
  templateOf: ({ template }) => template.task,
  // A job whose images could not be had has them imported by whatever is written next.
  sameTemplate: ({ imported, spec: before }, spec) =>
    imported !== undefined && isDeepStrictEqual(before.template, spec.template),
  make: async (making) => ({ record: makeJob(making), writes: [] }),
  subject: (job) => ({ kind: 'job', job }),
};

function makeJob({ base, before, templateChanged, call }: Making<JobSpec, JobRecord>): JobRecord {
  const { imported, executionCount = 0, latestCreatedExecution } = before ?? {};
  return {
    ...base,
    conditions: setConditions(before?.conditions ?? [], [{ type: 'Ready', status: 'Unknown' }], call.time),
    ...(templateChanged || imported === undefined ? {} : { imported }),
    executionCount,
    ...(latestCreatedExecution === undefined ? {} : { latestCreatedExecution }),
  };
}
