/** Writes of worker pools: each that changes the template, or asks for it, makes a revision. */
import { randomUUID } from 'node:crypto';
import { alreadyExists, badField } from '../../google/index.js';
import { newRevisionName } from '../../names/index.js';
import type { Store, Write } from '../../store/index.js';
import { serviceReconciling, setConditions } from '../conditions.js';
import {
  collections,
  type ResourceKey,
  type WorkerPoolRecord,
  type WorkerPoolRevisionRecord,
  type WorkerPoolSpec,
} from '../model.js';
import {
  type Making,
  ResourceWriter,
  type WritableKind,
  type WriterDependencies,
} from '../resource-writer.js';
import { sameTemplate } from '../template.js';
import { workerPoolNotFound } from './texts.js';

export type WorkerPoolWriter = ResourceWriter<WorkerPoolSpec, WorkerPoolRecord>;

export function workerPoolWriter(deps: WriterDependencies): WorkerPoolWriter {
  return new ResourceWriter(workerPoolKind(deps.store), deps);
}

function workerPoolKind(store: Store): WritableKind<WorkerPoolSpec, WorkerPoolRecord> {
  return {
    kind: 'workerPool',
    rowKey: collections.workerPools.at,
    notFound: workerPoolNotFound,
    templateOf: (spec) => spec.template,
    sameTemplate: (before, spec) => sameTemplate(before.spec.template, spec.template),
    checkSpec: (key, spec) => checkSplits(store, key, spec),
    make: (making) => makePool(store, making),
    subject: (workerPool) => ({ kind: 'workerPool', workerPool }),
  };
}

async function checkSplits(store: Store, key: ResourceKey, spec: WorkerPoolSpec): Promise<void> {
  const own = spec.template.revisionName;
  for (const [index, { revision }] of spec.splits.entries()) {
    if ('latest' in revision || revision.name === own) continue;
    const at = collections.workerPoolRevisions.at({ ...key, name: revision.name });
    const row = await store.get<WorkerPoolRevisionRecord>(at);
    if (row?.value.workerPool !== key.name) {
      throw badField(
        `instance_splits[${index}].revision`,
        `Revision '${revision.name}' is not found in worker pool '${key.name}'.`,
      );
    }
  }
}

async function makePool(
  store: Store,
  making: Making<WorkerPoolSpec, WorkerPoolRecord>,
): Promise<{ record: WorkerPoolRecord; writes: Write[] }> {
  const { base, before, call } = making;
  const revision = making.templateChanged ? newRevision(making) : undefined;
  const writes: Write[] = [];
  if (revision) {
    const key = collections.workerPoolRevisions.at(revision);
    if (await store.get(key)) {
      throw alreadyExists(`Revision named '${revision.name}' with different configuration already exists.`);
    }
    writes.push({ op: 'put', key, value: revision, ifVersion: 0 });
  }
  const record: WorkerPoolRecord = {
    ...base,
    conditions: serviceReconciling(before?.conditions ?? [], call.time),
    latestCreatedRevision: revision?.name ?? before?.latestCreatedRevision ?? '',
    ...(before?.latestReadyRevision === undefined ? {} : { latestReadyRevision: before.latestReadyRevision }),
    splits: before?.splits ?? [],
    settledInstances: before?.settledInstances ?? 0,
  };
  return { record, writes };
}

function newRevision({
  base,
  caller,
  call,
}: Making<WorkerPoolSpec, WorkerPoolRecord>): WorkerPoolRevisionRecord {
  const { project, location, name: workerPool, projectNumber, generation, spec } = base;
  return {
    project,
    location,
    name: spec.template.revisionName ?? newRevisionName(workerPool, generation),
    projectNumber,
    workerPool,
    uid: randomUUID(),
    generation,
    createTime: call.time.toISOString(),
    creator: caller,
    template: spec.template,
    launchStage: spec.launchStage,
    state: 'pending',
    conditions: setConditions([], [{ type: 'Ready', status: 'Unknown' }], call.time),
  };
}
