/** Worker pools and their revisions as the v1 API shows them, which is how gcloud lists and describes them. */
import type {
  Stored,
  WorkerPoolRecord,
  WorkerPoolRevisionRecord,
  WorkerPoolTemplate,
} from '../../deployments/index.js';
import type { JsonObject } from '../../google/index.js';
import { microseconds } from '../run/context.js';
import { poolRevisionLogsUrl } from '../run/revisions.js';
import { clientAnnotations, launchStageAnnotation } from './annotations.js';
import { instanceAnnotations } from './instance-annotations.js';
import { instanceSpecView } from './instance-view.js';
import { conditionView, containerStatuses, resourceVersion, revisionObject } from './view.js';

export const WORKER_POOL = { apiVersion: 'run.googleapis.com/v1', kind: 'WorkerPool' } as const;

/** By which revisions of worker pools are told from those of services. */
export const WORKER_POOL_LABEL = 'run.googleapis.com/workerPool';
const LOCATION_LABEL = 'cloud.googleapis.com/location';

const templateAnnotations = (template: WorkerPoolTemplate) => ({
  ...template.annotations,
  ...clientAnnotations(template.client),
  ...instanceAnnotations(template),
});

/** Version 0: as it once was, which no write can name as its base. */
export function workerPoolView({ value: pool, version }: Stored<WorkerPoolRecord>): JsonObject {
  const { spec, latestCreatedRevision, latestReadyRevision } = pool;
  return {
    ...WORKER_POOL,
    metadata: {
      name: pool.name,
      namespace: pool.projectNumber,
      selfLink: `/apis/${WORKER_POOL.apiVersion}/namespaces/${pool.projectNumber}/workerpools/${pool.name}`,
      uid: pool.uid,
      ...(version === 0 ? {} : { resourceVersion: resourceVersion(version) }),
      generation: pool.generation,
      creationTimestamp: microseconds(pool.createTime),
      ...(pool.deletion ? { deletionTimestamp: microseconds(pool.deletion.deleteTime) } : {}),
      labels: { ...spec.labels, [LOCATION_LABEL]: pool.location },
      annotations: annotationsOf(pool),
    },
    spec: {
      template: {
        metadata: {
          ...(spec.template.revisionName === undefined ? {} : { name: spec.template.revisionName }),
          labels: spec.template.labels,
          annotations: templateAnnotations(spec.template),
        },
        spec: instanceSpecView(spec.template),
      },
      instanceSplits: spec.splits.map(({ percent, revision }) => ({
        ...('latest' in revision ? { latestRevision: true } : { revisionName: revision.name }),
        percent,
      })),
    },
    status: {
      observedGeneration: pool.observedGeneration,
      conditions: pool.conditions.map(conditionView),
      latestCreatedRevisionName: latestCreatedRevision,
      ...(latestReadyRevision === undefined ? {} : { latestReadyRevisionName: latestReadyRevision }),
      instanceSplits: pool.splits.map(({ percent, revisionName, latest }) => ({
        revisionName,
        percent,
        ...(latest ? { latestRevision: true } : {}),
      })),
    },
  };
}

/** The annotations by which gcloud's `worker-pools describe` reads scaling and authors. */
function annotationsOf({ spec, creator, lastModifier, operationId }: WorkerPoolRecord) {
  return {
    ...spec.annotations,
    ...clientAnnotations(spec.client),
    ...launchStageAnnotation(spec.launchStage),
    ...(spec.description === '' ? {} : { 'run.googleapis.com/description': spec.description }),
    'run.googleapis.com/scalingMode': 'manual',
    'run.googleapis.com/manualInstanceCount': String(spec.instances),
    'serving.knative.dev/creator': creator,
    'serving.knative.dev/lastModifier': lastModifier,
    'run.googleapis.com/operation-id': operationId,
  };
}

/** A revision's labels, by which clients select. */
export function poolRevisionLabels(revision: WorkerPoolRevisionRecord): Record<string, string> {
  return {
    ...revision.template.labels,
    [WORKER_POOL_LABEL]: revision.workerPool,
    [LOCATION_LABEL]: revision.location,
  };
}

/** @param manned whether the pool's splits reach the revision */
export function poolRevisionView(row: Stored<WorkerPoolRevisionRecord>, manned: boolean): JsonObject {
  const { value: revision } = row;
  return revisionObject(row, manned, {
    labels: poolRevisionLabels(revision),
    annotations: templateAnnotations(revision.template),
    owner: { ...WORKER_POOL, name: revision.workerPool },
    spec: instanceSpecView(revision.template),
    status: { ...containerStatuses(revision), logUrl: poolRevisionLogsUrl(revision) },
  });
}
