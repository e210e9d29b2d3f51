/** A Job as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import type { ExecutionTemplate, JobSpec, TaskTemplate } from '../../deployments/index.js';
import type { JsonValue } from '../../google/index.js';
import type { Fields } from '../run/fields.js';
import { parseInstance } from '../run/instance.js';
import {
  LONGEST_TASK_SECONDS,
  parseCounts,
  parseMaxRetries,
  requireSecondGeneration,
  taskTimeout,
} from '../run/jobs.js';
import { parseLabels } from '../run/labels.js';
import { UNSUPPORTED } from '../run/unsupported.js';
import { AnnotationReader } from './annotation-reader.js';
import { readClient, readLaunchStage, SERVER_OWNED } from './annotations.js';
import { v1Dialect } from './dialect.js';
import { type InstanceAnnotations, readInstanceAnnotations } from './instance-annotations.js';
import { type Parsed, parseObject, SERVER_LABELS } from './object.js';

/** Jobs, as their objects say of themselves. */
export const JOB = { apiVersion: 'run.googleapis.com/v1', kind: 'Job' } as const;

/**
 * @param body the request's JSON
 * @param projectNumber names the default runtime identity
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseJob(body: JsonValue | undefined, projectNumber: string): Parsed<JobSpec> {
  return parseObject(body, JOB, ({ name, labels, annotations, annotationsPath, spec }) => {
    const read = new AnnotationReader(annotations, 'job', annotationsPath, SERVER_OWNED);
    const known = { client: readClient(read), launchStage: readLaunchStage(read) };
    const template = parseTemplate(spec.required('template'), { name, projectNumber });
    spec.unsupported(...UNSUPPORTED.v1.job).done();
    return { labels, ...known, annotations: read.rest(), template };
  });
}

interface JobOwner {
  readonly name: string;
  readonly projectNumber: string;
}

function parseTemplate(fields: Fields, owner: JobOwner): ExecutionTemplate {
  const metadata = fields.child('metadata');
  const labels = metadata ? parseLabels(metadata, SERVER_LABELS) : {};
  const read = new AnnotationReader(
    metadata?.map('annotations') ?? {},
    'template',
    `${fields.at('metadata')}.annotations`,
    SERVER_OWNED,
  );
  metadata?.skip('namespace', 'creationTimestamp').unsupported('name').done();
  const client = readClient(read);
  const instances = readInstanceAnnotations(read);
  const annotations = read.rest();
  const spec = fields.required('spec');
  fields.done();
  const counts = parseCounts(spec);
  const task = parseTask(spec.required('template'), owner, instances);
  spec.done();
  return { labels, annotations, client, ...counts, task };
}

function parseTask(fields: Fields, owner: JobOwner, instances: InstanceAnnotations): TaskTemplate {
  const spec = fields.required('spec');
  fields.done();
  const instance = parseInstance(spec, { kind: 'job', ...owner }, v1Dialect(instances));
  requireSecondGeneration(instance, 'spec.template.metadata.annotations');
  const task: TaskTemplate = {
    ...instance,
    maxRetries: parseMaxRetries(spec),
    timeoutSeconds: taskTimeout(spec.integer('timeoutSeconds', 1, LONGEST_TASK_SECONDS)),
  };
  spec.done();
  return task;
}
