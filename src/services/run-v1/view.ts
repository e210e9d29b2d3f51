/** Stored objects as the v1 API shows them: Knative's shapes with Cloud Run's labels and annotations. */
import {
  type AnyRevision,
  type Condition,
  type InstanceTemplate,
  ingressContainer,
  type RevisionRecord,
  type ServiceRecord,
  type Stored,
  serviceUrls,
  type Template,
} from '../../deployments/index.js';
import type { JsonObject } from '../../google/index.js';
import { microseconds } from '../run/context.js';
import { revisionConditions, revisionLogsUrl } from '../run/revisions.js';
import { serviceAnnotations, templateAnnotations } from './annotations.js';
import { instanceSpecView } from './instance-view.js';

/** A row's version as Kubernetes' opaque resourceVersion: eight bytes in base64, like Google's. */
export function resourceVersion(version: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(version));
  return bytes.toString('base64').replace(/=+$/, '');
}

/** The version behind a resourceVersion; undefined when it was never one of ours. */
export function versionOf(text: string): number | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 8) return undefined;
  const version = bytes.readBigUInt64BE();
  return version <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(version) : undefined;
}

/** A condition, of whatever has some. */
export function conditionView({
  type,
  status,
  reason,
  message,
  severity,
  lastTransitionTime,
}: Condition): JsonObject {
  return {
    type,
    status,
    ...(reason === undefined || reason === '' ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(severity === undefined ? {} : { severity }),
    lastTransitionTime: microseconds(lastTransitionTime),
  };
}

/** Of all containers. */
export function containerStatuses({ template, imported }: AnyRevision<InstanceTemplate>): JsonObject {
  if (imported === undefined) return {};
  return {
    containerStatuses: template.containers.flatMap(({ name }) => {
      const image = imported[name];
      return image === undefined ? [] : [{ name, imageDigest: image.digest }];
    }),
  };
}

/** Of all containers, and once more of the one that takes the requests. */
function imageDigests(revision: RevisionRecord): JsonObject {
  const ingress = revision.imported?.[ingressContainer(revision.template).name];
  return {
    ...(ingress === undefined ? {} : { imageDigest: ingress.digest }),
    ...containerStatuses(revision),
  };
}

function templateSpecView(template: Template): JsonObject {
  return {
    containerConcurrency: template.concurrency,
    timeoutSeconds: template.timeoutSeconds,
    ...instanceSpecView(template),
  };
}

/** Tells Cloud Run's own startup probe from one that a client has set. */
const probeTypeLabel = (template: Template) => ({
  'run.googleapis.com/startupProbeType': ingressContainer(template).startupProbe ? 'Custom' : 'Default',
});

function templateView(template: Template): JsonObject {
  return {
    metadata: {
      ...(template.revisionName === undefined ? {} : { name: template.revisionName }),
      labels: {
        ...template.labels,
        ...probeTypeLabel(template),
      },
      annotations: templateAnnotations(template),
    },
    spec: templateSpecView(template),
  };
}

/** A service as `services get` answers it. Version 0: as it once was, which no write can name as its base. */
export function serviceView({ value: service, version }: Stored<ServiceRecord>): JsonObject {
  const urls = serviceUrls(service);
  const reachable = !service.spec.defaultUriDisabled;
  const { latestReadyRevision, latestCreatedRevision } = service;
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: service.name,
      namespace: service.projectNumber,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${service.projectNumber}/services/${service.name}`,
      uid: service.uid,
      ...(version === 0 ? {} : { resourceVersion: resourceVersion(version) }),
      generation: service.generation,
      creationTimestamp: microseconds(service.createTime),
      ...(service.deletion ? { deletionTimestamp: microseconds(service.deletion.deleteTime) } : {}),
      labels: { ...service.spec.labels, 'cloud.googleapis.com/location': service.location },
      annotations: {
        ...serviceAnnotations(service.spec),
        'serving.knative.dev/creator': service.creator,
        'serving.knative.dev/lastModifier': service.lastModifier,
        'run.googleapis.com/operation-id': service.operationId,
        ...(reachable
          ? { 'run.googleapis.com/urls': JSON.stringify([urls.deterministic, urls.hashed]) }
          : {}),
      },
    },
    spec: {
      template: templateView(service.spec.template),
      traffic: service.spec.traffic.map(({ percent, revision, tag }) => ({
        ...('latest' in revision ? { latestRevision: true } : { revisionName: revision.name }),
        percent,
        ...(tag === undefined ? {} : { tag }),
      })),
    },
    status: {
      observedGeneration: service.observedGeneration,
      conditions: service.conditions.map(conditionView),
      latestCreatedRevisionName: latestCreatedRevision,
      ...(latestReadyRevision === undefined
        ? {}
        : {
            latestReadyRevisionName: latestReadyRevision,
            ...(reachable ? { url: urls.hashed, address: { url: urls.hashed } } : {}),
          }),
      traffic: service.traffic.map(({ percent, revisionName, latest, tag }) => ({
        revisionName,
        percent,
        ...(latest ? { latestRevision: true } : {}),
        ...(tag === undefined ? {} : { tag }),
        ...(tag === undefined || !reachable ? {} : { url: serviceUrls(service, tag).hashed }),
      })),
    },
  };
}

/** A revision's labels, by which clients select. */
export function revisionLabels(revision: RevisionRecord): Record<string, string> {
  return {
    ...revision.template.labels,
    ...probeTypeLabel(revision.template),
    'serving.knative.dev/service': revision.service,
    'serving.knative.dev/configuration': revision.service,
    'serving.knative.dev/configurationGeneration': String(revision.generation),
    'cloud.googleapis.com/location': revision.location,
  };
}

/** What differs between revisions of services and of worker pools. */
export interface RevisionParts {
  readonly labels: Readonly<Record<string, string>>;
  /** Of the template. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly owner: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  readonly spec: JsonObject;
  readonly status: JsonObject;
}

/** @param inUse whether traffic, or a share of the instances, reaches the revision: its Active condition */
export function revisionObject(
  { value: revision, version }: Stored<AnyRevision<InstanceTemplate>>,
  inUse: boolean,
  { labels, annotations, owner, spec, status }: RevisionParts,
): JsonObject {
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata: {
      name: revision.name,
      namespace: revision.projectNumber,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${revision.projectNumber}/revisions/${revision.name}`,
      uid: revision.uid,
      ...(version === 0 ? {} : { resourceVersion: resourceVersion(version) }),
      generation: 1,
      creationTimestamp: microseconds(revision.createTime),
      labels,
      annotations: { ...annotations, 'serving.knative.dev/creator': revision.creator },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec,
    status: {
      observedGeneration: 1,
      conditions: revisionConditions(revision, inUse).map(conditionView),
      ...status,
    },
  };
}

/** @param serves whether traffic reaches the revision */
export function revisionView(row: Stored<RevisionRecord>, serves: boolean): JsonObject {
  const { value: revision } = row;
  const { template, service } = revision;
  return revisionObject(row, serves, {
    labels: revisionLabels(revision),
    annotations: templateAnnotations(template),
    owner: { apiVersion: 'serving.knative.dev/v1', kind: 'Configuration', name: service },
    spec: templateSpecView(template),
    status: { ...imageDigests(revision), logUrl: revisionLogsUrl(revision) },
  });
}
