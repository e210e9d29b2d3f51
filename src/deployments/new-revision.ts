/** The revision that a write of a service or worker pool makes. */
import { randomUUID } from 'node:crypto';
import { alreadyExists } from '../google/index.js';
import { newRevisionName } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { serviceReconciling, setConditions } from './conditions.js';
import type {
  AnyRevision,
  Condition,
  InstanceTemplate,
  LaunchStage,
  ResourceKey,
  WrittenRecord,
} from './model.js';
import type { Making } from './resource-writer.js';

interface Spec {
  readonly launchStage: LaunchStage;
  readonly template: InstanceTemplate & { readonly revisionName?: string };
}

interface Owner<S> extends WrittenRecord<S> {
  readonly latestCreatedRevision: string;
  readonly latestReadyRevision?: string;
}

/** What an owner's record says of its revisions after the write. */
interface OfRevisions {
  readonly conditions: readonly Condition[];
  readonly latestCreatedRevision: string;
  readonly latestReadyRevision?: string;
}

/**
 * Makes a revision where the write needs one.
 * @param ownedBy what revisions of this kind say of their owner
 * @param keyOf where they lie
 * @throws ALREADY_EXISTS for a name that the client chose and another revision has
 */
export async function makeRevision<S extends Spec, R extends Owner<S>, O extends object>(
  store: Store,
  making: Making<S, R>,
  ownedBy: O,
  keyOf: (revision: ResourceKey) => string,
): Promise<{ readonly revisions: OfRevisions; readonly writes: readonly Write[] }> {
  const { before, call, templateChanged } = making;
  const ready = before?.latestReadyRevision;
  const revisions = {
    conditions: serviceReconciling(before?.conditions ?? [], call.time),
    latestCreatedRevision: before?.latestCreatedRevision ?? '',
    ...(ready === undefined ? {} : { latestReadyRevision: ready }),
  };
  if (!templateChanged) return { revisions, writes: [] };
  const revision = { ...newRevision(making), ...ownedBy };
  const key = keyOf(revision);
  if (await store.get(key)) {
    throw alreadyExists(`Revision named '${revision.name}' with different configuration already exists.`);
  }
  return {
    revisions: { ...revisions, latestCreatedRevision: revision.name },
    writes: [{ op: 'put', key, value: revision, ifVersion: 0 }],
  };
}

function newRevision<S extends Spec, R>({ base, caller, call }: Making<S, R>): AnyRevision<InstanceTemplate> {
  const { project, location, name: owner, projectNumber, generation, spec } = base;
  return {
    project,
    location,
    name: spec.template.revisionName ?? newRevisionName(owner, generation),
    projectNumber,
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
