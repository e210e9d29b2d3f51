/** What services, jobs and worker pools, and the revisions of two of them, have in common in v2. */
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type {
  AnyRevision,
  Condition,
  Deletion,
  InstanceTemplate,
  LaunchStage,
  WrittenRecord,
} from '../../deployments/index.js';
import { LaunchStage as Stage } from '../../google/gen/google/api/launch_stage_pb.js';
import type { RunKind } from '../../names/index.js';
import { spellRunName } from '../run/names.js';
import { conditionMessage } from './conditions.js';
import { etagOf } from './etag.js';

export const timestamp = (time: string) => timestampFromDate(new Date(time));

const STAGES = { ALPHA: Stage.ALPHA, BETA: Stage.BETA, GA: Stage.GA } as const;

export const launchStage = (stage: LaunchStage): Stage => STAGES[stage];

export const deletionFields = (deletion: Deletion | undefined) =>
  deletion === undefined
    ? {}
    : { deleteTime: timestamp(deletion.deleteTime), expireTime: timestamp(deletion.expireTime) };

/** What an etag is made from: its resource's full name, and what clients write. */
export function versionOf(
  kind: RunKind,
  { project, location, name, updateTime, generation }: WrittenRecord<unknown>,
) {
  return { name: spellRunName({ kind, project, location, name }), updateTime, generation };
}

/** The fields that the server sets alike in every kind of resource. */
export function recordFields(kind: RunKind, record: WrittenRecord<unknown>) {
  return {
    name: spellRunName({ ...record, kind }),
    uid: record.uid,
    generation: BigInt(record.generation),
    createTime: timestamp(record.createTime),
    updateTime: timestamp(record.updateTime),
    ...deletionFields(record.deletion),
    creator: record.creator,
    lastModifier: record.lastModifier,
    observedGeneration: BigInt(record.observedGeneration),
    ...conditionsOf(record.conditions),
    reconciling: record.observedGeneration !== record.generation,
    etag: etagOf(versionOf(kind, record)),
  };
}

/** Ready stands apart from the others. */
function conditionsOf(conditions: readonly Condition[]) {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return {
    ...(ready === undefined ? {} : { terminalCondition: conditionMessage(ready) }),
    conditions: ['RoutesReady', 'ConfigurationsReady'].flatMap((wanted) =>
      conditions.filter(({ type }) => type === wanted).map(conditionMessage),
    ),
  };
}

/** What a revision's etag is made from: it never changes. @param name in full */
export const revisionVersionOf = (
  name: string,
  { createTime, generation }: AnyRevision<InstanceTemplate>,
) => ({
  name,
  updateTime: createTime,
  generation,
});

/** The fields that the server sets alike in revisions of every kind. @param name in full */
export function revisionFields(name: string, revision: AnyRevision<InstanceTemplate>) {
  const pending = revision.state === 'pending';
  return {
    name,
    uid: revision.uid,
    generation: 1n,
    createTime: timestamp(revision.createTime),
    updateTime: timestamp(revision.createTime),
    ...deletionFields(revision.deletion),
    launchStage: launchStage(revision.launchStage),
    reconciling: pending,
    observedGeneration: pending ? 0n : 1n,
    creator: revision.creator,
    etag: etagOf(revisionVersionOf(name, revision)),
  };
}
