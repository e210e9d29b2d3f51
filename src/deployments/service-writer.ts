/** Writes of services: each that changes the template makes a revision. */
import { randomUUID } from 'node:crypto';
import { alreadyExists, badField } from '../google/index.js';
import { newRevisionName } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { serviceReconciling, setConditions } from './conditions.js';
import { serviceNotFound } from './errors.js';
import { keys, type RevisionRecord, type ServiceKey, type ServiceRecord, type ServiceSpec } from './model.js';
import {
  type Making,
  type ResourceWrite,
  ResourceWriter,
  type WritableKind,
  type WriterDependencies,
  type Written,
} from './resource-writer.js';
import { sameTemplate } from './template.js';

export type ServiceWrite = ResourceWrite<ServiceSpec, ServiceRecord>;
export type WrittenService = Written<ServiceRecord>;

/** Creates and updates services. */
export type ServiceWriter = ResourceWriter<ServiceSpec, ServiceRecord>;

export function serviceWriter(deps: WriterDependencies): ServiceWriter {
  return new ResourceWriter(serviceKind(deps.store), deps);
}

function serviceKind(store: Store): WritableKind<ServiceSpec, ServiceRecord> {
  return {
    kind: 'service',
    rowKey: keys.service,
    notFound: serviceNotFound,
    templateOf: (spec) => spec.template,
    sameTemplate: (before, spec) => sameTemplate(before.spec.template, spec.template),
    switchesInvokerCheck: (before, spec) =>
      spec.invokerIamDisabled !== (before?.spec.invokerIamDisabled ?? false),
    checkSpec: (key, spec) => checkTraffic(store, key, spec),
    make: (making) => makeService(store, making),
    subject: (service) => ({ kind: 'service', service }),
  };
}

async function checkTraffic(store: Store, key: ServiceKey, spec: ServiceSpec): Promise<void> {
  const own = spec.template.revisionName;
  for (const [index, { revision }] of spec.traffic.entries()) {
    if ('latest' in revision || revision.name === own) continue;
    const row = await store.get<RevisionRecord>(keys.revision(key.project, key.location, revision.name));
    if (row?.value.service !== key.name) {
      throw badField(
        `spec.traffic[${index}].revision_name`,
        `Revision '${revision.name}' is not found in service '${key.name}'.`,
      );
    }
  }
}

async function makeService(
  store: Store,
  making: Making<ServiceSpec, ServiceRecord>,
): Promise<{ record: ServiceRecord; writes: Write[] }> {
  const { base, before, call } = making;
  const revision = making.templateChanged ? newRevision(making) : undefined;
  const writes: Write[] = [];
  if (revision) {
    const key = keys.revision(revision.project, revision.location, revision.name);
    if (await store.get(key)) {
      throw alreadyExists(`Revision named '${revision.name}' with different configuration already exists.`);
    }
    writes.push({ op: 'put', key, value: revision, ifVersion: 0 });
  }
  const record: ServiceRecord = {
    ...base,
    conditions: serviceReconciling(before?.conditions ?? [], call.time),
    latestCreatedRevision: revision?.name ?? before?.latestCreatedRevision ?? '',
    ...(before?.latestReadyRevision === undefined ? {} : { latestReadyRevision: before.latestReadyRevision }),
    traffic: before?.traffic ?? [],
  };
  return { record, writes };
}

function newRevision({ base, caller, call }: Making<ServiceSpec, ServiceRecord>): RevisionRecord {
  const { project, location, name: service, projectNumber, generation, spec } = base;
  return {
    project,
    location,
    name: spec.template.revisionName ?? newRevisionName(service, generation),
    projectNumber,
    service,
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
