/** A v2 WorkerPool as clients send it, parsed into what the deployments room stores. Nothing is ignored silently. */
import type { InstanceSplit, WorkerPoolSpec, WorkerPoolTemplate } from '../../deployments/index.js';
import { WorkerPoolSchema } from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { badField, type JsonObject } from '../../google/index.js';
import { asInProtos, Fields } from '../run/fields.js';
import { parseInstance } from '../run/instance.js';
import { parseLabels } from '../run/labels.js';
import { parseSplits } from '../run/splits.js';
import { UNSUPPORTED } from '../run/unsupported.js';
import { V2_DIALECT } from './dialect.js';
import { outputOnly } from './mask.js';
import { parseAnnotations, parseDescribed, parseDescription, parseRevision } from './parse-service.js';

/** "The total number of instances in manual scaling mode", for which clients that say nothing get one. */
const DEFAULT_INSTANCES = 1;
/** As for services. */
const MOST_INSTANCES = 1000;

/** What the parse needs to know beside the request. */
export interface WorkerPoolContext {
  readonly name: string;
  readonly projectNumber: string;
  /** The request's type, which refusals begin with. */
  readonly request: string;
}

/**
 * @param pool the message's JSON form
 * @throws INVALID_ARGUMENT naming the field, e.g. `Violation in CreateWorkerPoolRequest.worker_pool.scaling`
 */
export function parseWorkerPool(pool: JsonObject, context: WorkerPoolContext): WorkerPoolSpec {
  const fields = Fields.of(pool, `Violation in ${context.request}.worker_pool`, asInProtos);
  const spec: WorkerPoolSpec = {
    ...parseDescribed(fields),
    description: parseDescription(fields),
    customAudiences: fields.strings('customAudiences'),
    instances: parseScaling(fields),
    template: parseTemplate(fields, context),
    splits: parseSplits(fields, revisionOf),
  };
  fields
    .unsupported(...UNSUPPORTED.v2.workerPool)
    .skip(...outputOnly(WorkerPoolSchema), 'name', 'etag')
    .done();
  return spec;
}

function parseScaling(pool: Fields): number {
  const scaling = pool.child('scaling');
  const instances = scaling?.integer('manualInstanceCount', 0, MOST_INSTANCES);
  scaling?.done();
  return instances ?? DEFAULT_INSTANCES;
}

function parseTemplate(pool: Fields, { name, projectNumber }: WorkerPoolContext): WorkerPoolTemplate {
  const fields = pool.child('template');
  if (!fields) throw badField(pool.at('template'), 'required field not present.');
  const revisionName = parseRevision(fields, name);
  const template: WorkerPoolTemplate = {
    ...(revisionName === '' ? {} : { revisionName }),
    labels: parseLabels(fields),
    annotations: parseAnnotations(fields),
    client: { name: '', version: '' },
    ...parseInstance(fields, { kind: 'workerPool', name, projectNumber }, DIALECT),
  };
  fields.done();
  return template;
}

/** Instances of worker pools have CPU all the time (https://cloud.google.com/run/docs/deploy-worker-pools). */
const DIALECT = {
  ...V2_DIALECT,
  cpu: (resources: Fields | undefined) => {
    if (resources?.boolean('cpuIdle') === true)
      throw badField(resources.at('cpuIdle'), 'CPU is always allocated in a worker pool.');
    return { cpuIdle: false, startupCpuBoost: resources?.boolean('startupCpuBoost') ?? false };
  },
};

const ALLOCATION = 'INSTANCE_SPLIT_ALLOCATION_TYPE_';

function revisionOf(split: Fields): InstanceSplit['revision'] {
  const type = split.string('type') ?? '';
  const revision = split.string('revision') ?? '';
  switch (type) {
    case `${ALLOCATION}LATEST`:
      if (revision !== '') throw badField(split.at('revision'), 'The latest revision goes without a name.');
      return { latest: true };
    case `${ALLOCATION}REVISION`:
      if (revision === '') throw badField(split.at('revision'), 'required field not present.');
      return { name: revision.slice(revision.lastIndexOf('/') + 1) };
    default:
      throw badField(split.at('type'), 'required field not present.');
  }
}
