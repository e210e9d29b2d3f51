/** Writes of services: each that changes the template makes a revision. */
import { badField } from '../google/index.js';
import type { Store, Write } from '../store/index.js';
import { serviceNotFound } from './errors.js';
import {
  collections,
  keys,
  type RevisionRecord,
  type ServiceKey,
  type ServiceRecord,
  type ServiceSpec,
} from './model.js';
import { makeRevision } from './new-revision.js';
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

export function serviceKind(store: Store): WritableKind<ServiceSpec, ServiceRecord> {
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
): Promise<{ record: ServiceRecord; writes: readonly Write[] }> {
  const { base, before } = making;
  const ownedBy = { service: base.name };
  const { revisions, writes } = await makeRevision(store, making, ownedBy, collections.revisions.at);
  return { record: { ...base, ...revisions, traffic: before?.traffic ?? [] }, writes };
}
