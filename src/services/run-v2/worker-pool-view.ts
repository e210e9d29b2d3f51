/** Worker pools and their revisions, as v2 shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  InstanceSplit,
  SettledSplit,
  WorkerPoolRecord,
  WorkerPoolRevisionRecord,
  WorkerPoolTemplate,
} from '../../deployments/index.js';
import { InstanceSplitAllocationType as Allocation } from '../../google/gen/google/cloud/run/v2/instance_split_pb.js';
import type { WorkerPoolSchema } from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { spellRunName } from '../run/names.js';
import { poolRevisionLogsUrl, revisionConditions } from '../run/revisions.js';
import { conditionMessage } from './conditions.js';
import { instanceMessage } from './instance-view.js';
import { launchStage, recordFields, revisionFields, revisionVersionOf } from './record-view.js';
import type { RevisionInit } from './view.js';

type WorkerPoolInit = MessageInitShape<typeof WorkerPoolSchema>;

const poolName = (pool: WorkerPoolRecord): string => spellRunName({ ...pool, kind: 'workerPool' });

/** `projects/P/locations/L/workerPools/W/revisions/R` */
export function poolRevisionName({ project, location, workerPool, name }: WorkerPoolRevisionRecord): string {
  return `${spellRunName({ kind: 'workerPool', project, location, name: workerPool })}/revisions/${name}`;
}

/** What a revision's etag is made from. */
export const poolRevisionVersion = (revision: WorkerPoolRevisionRecord) =>
  revisionVersionOf(poolRevisionName(revision), revision);

/** The fields that clients set, as they would have to be sent to leave the pool as it is. */
export function workerPoolInput({ name, spec }: WorkerPoolRecord) {
  return {
    description: spec.description,
    labels: { ...spec.labels },
    annotations: { ...spec.annotations },
    client: spec.client.name,
    clientVersion: spec.client.version,
    launchStage: launchStage(spec.launchStage),
    scaling: { manualInstanceCount: spec.instances },
    template: { ...templateFields(spec.template, name), revision: spec.template.revisionName ?? '' },
    instanceSplits: spec.splits.map(splitMessage),
    customAudiences: [...spec.customAudiences],
  } satisfies WorkerPoolInit;
}

export function workerPoolMessage(pool: WorkerPoolRecord): WorkerPoolInit {
  const { latestReadyRevision, latestCreatedRevision } = pool;
  const full = (revision: string) => `${poolName(pool)}/revisions/${revision}`;
  return {
    ...workerPoolInput(pool),
    ...recordFields('workerPool', pool),
    ...(latestReadyRevision === undefined ? {} : { latestReadyRevision: full(latestReadyRevision) }),
    ...(latestCreatedRevision === '' ? {} : { latestCreatedRevision: full(latestCreatedRevision) }),
    instanceSplitStatuses: pool.splits.map(statusMessage),
  };
}

const templateFields = (template: WorkerPoolTemplate, pool: string) => ({
  labels: { ...template.labels },
  annotations: { ...template.annotations },
  ...instanceMessage(template, pool),
});

function splitMessage({ percent, revision }: InstanceSplit) {
  return 'latest' in revision
    ? { type: Allocation.LATEST, percent }
    : { type: Allocation.REVISION, revision: revision.name, percent };
}

function statusMessage({ percent, revisionName, latest }: SettledSplit) {
  return {
    type: latest ? Allocation.LATEST : Allocation.REVISION,
    ...(latest ? {} : { revision: revisionName }),
    percent,
  };
}

/** @param manned whether the pool's splits reach the revision: its Active condition */
export function poolRevisionMessage(revision: WorkerPoolRevisionRecord, manned: boolean): RevisionInit {
  return {
    ...templateFields(revision.template, revision.workerPool),
    ...revisionFields(poolRevisionName(revision), revision),
    conditions: revisionConditions(revision, manned).map(conditionMessage),
    logUri: poolRevisionLogsUrl(revision),
  };
}
