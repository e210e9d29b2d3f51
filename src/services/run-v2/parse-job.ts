/** A v2 Job as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import type {
  ExecutionTemplate,
  JobRecord,
  JobSpec,
  RunOverrides,
  TaskTemplate,
} from '../../deployments/index.js';
import {
  JobSchema,
  type RunJobRequest_Overrides,
  RunJobRequest_OverridesSchema,
} from '../../google/gen/google/cloud/run/v2/job_pb.js';
import { badField, type JsonObject, messageToJson } from '../../google/index.js';
import { asInProtos, Fields } from '../run/fields.js';
import { parseInstance } from '../run/instance.js';
import {
  LONGEST_TASK_SECONDS,
  parseCounts,
  parseMaxRetries,
  parseOverrides,
  requireSecondGeneration,
  taskTimeout,
} from '../run/jobs.js';
import { parseLabels } from '../run/labels.js';
import { UNSUPPORTED } from '../run/unsupported.js';
import { V2_DIALECT } from './dialect.js';
import { wholeSeconds } from './duration.js';
import { outputOnly } from './mask.js';
import { parseAnnotations, parseDescribed } from './parse-service.js';

const LONGEST_TASK = { seconds: LONGEST_TASK_SECONDS, text: '168 hours' };

/** What the parse needs to know beside the request. */
export interface JobContext {
  readonly name: string;
  readonly projectNumber: string;
  /** The request's type, which refusals begin with. */
  readonly request: string;
  /** The job as it is: what v2 cannot say of it stays. */
  readonly before: JobRecord | undefined;
}

/**
 * @param job the message's JSON form
 * @throws INVALID_ARGUMENT naming the field, e.g. `Violation in CreateJobRequest.job.template.task_count`
 */
export function parseJob(job: JsonObject, context: JobContext): JobSpec {
  const fields = Fields.of(job, `Violation in ${context.request}.job`, asInProtos);
  const spec: JobSpec = { ...parseDescribed(fields), template: parseTemplate(fields, context) };
  fields
    .unsupported(...UNSUPPORTED.v2.job)
    .skip(...outputOnly(JobSchema), 'name', 'etag')
    .done();
  return spec;
}

function parseTemplate(job: Fields, context: JobContext): ExecutionTemplate {
  const fields = required(job, 'template');
  const template: ExecutionTemplate = {
    labels: parseLabels(fields),
    annotations: parseAnnotations(fields),
    client: context.before?.spec.template.client ?? { name: '', version: '' },
    ...parseCounts(fields),
    task: parseTask(required(fields, 'template'), context),
  };
  fields.done();
  return template;
}

function parseTask(fields: Fields, { name, projectNumber }: JobContext): TaskTemplate {
  const instance = parseInstance(fields, { kind: 'job', name, projectNumber }, V2_DIALECT);
  requireSecondGeneration(instance, 'template.annotations');
  const task: TaskTemplate = {
    ...instance,
    maxRetries: parseMaxRetries(fields),
    timeoutSeconds: taskTimeout(wholeSeconds(fields, 'timeout', LONGEST_TASK)),
  };
  fields.done();
  return task;
}

function required(fields: Fields, name: string): Fields {
  const child = fields.child(name);
  if (!child) throw badField(fields.at(name), 'required field not present.');
  return child;
}

/** @throws INVALID_ARGUMENT naming the field, e.g. `Violation in RunJobRequest.overrides.task_count` */
export function parseRunOverrides(overrides: RunJobRequest_Overrides | undefined): RunOverrides {
  if (overrides === undefined) return { containerOverrides: [] };
  const json = messageToJson(RunJobRequest_OverridesSchema, overrides);
  return parseOverrides(Fields.of(json, 'Violation in RunJobRequest.overrides', asInProtos), {
    ...V2_DIALECT,
    timeout: (fields) => wholeSeconds(fields, 'timeout', LONGEST_TASK),
  });
}
