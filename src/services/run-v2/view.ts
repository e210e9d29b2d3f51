/** Stored objects as the v2 API shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type RevisionRecord,
  type RoutedTarget,
  type ServiceRecord,
  type ServiceScaling,
  serviceUrls,
  type Template,
  type TrafficTarget,
} from '../../deployments/index.js';
import { LaunchStage } from '../../google/gen/google/api/launch_stage_pb.js';
import type { RevisionSchema } from '../../google/gen/google/cloud/run/v2/revision_pb.js';
import type { RevisionTemplateSchema } from '../../google/gen/google/cloud/run/v2/revision_template_pb.js';
import type { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { TrafficTargetAllocationType as Allocation } from '../../google/gen/google/cloud/run/v2/traffic_target_pb.js';
import {
  IngressTraffic,
  ServiceScaling_ScalingMode as ScalingMode,
} from '../../google/gen/google/cloud/run/v2/vendor_settings_pb.js';
import { revisionConditions, revisionLogsUrl } from '../run/revisions.js';
import { conditionMessage } from './conditions.js';
import { etagOf } from './etag.js';
import { executionEnvironmentOf, instanceMessage } from './instance-view.js';

type ServiceInit = MessageInitShape<typeof ServiceSchema>;
type TemplateInit = MessageInitShape<typeof RevisionTemplateSchema>;
export type RevisionInit = MessageInitShape<typeof RevisionSchema>;

const INGRESS = {
  all: IngressTraffic.ALL,
  internal: IngressTraffic.INTERNAL_ONLY,
  'internal-and-load-balancer': IngressTraffic.INTERNAL_LOAD_BALANCER,
} as const;
const STAGES = { ALPHA: LaunchStage.ALPHA, BETA: LaunchStage.BETA, GA: LaunchStage.GA } as const;

const timestamp = (time: string) => timestampFromDate(new Date(time));

/** `projects/P/locations/L/services/S`, with the project's id. */
export function serviceName({ project, location, name }: ServiceRecord): string {
  return `projects/${project}/locations/${location}/services/${name}`;
}

export function revisionName({ project, location, service, name }: RevisionRecord): string {
  return `projects/${project}/locations/${location}/services/${service}/revisions/${name}`;
}

/** What a service's etag is made from. */
export const serviceVersion = (service: ServiceRecord) => ({ ...service, name: serviceName(service) });

/** What a revision's etag is made from: it never changes. */
export const revisionVersion = (revision: RevisionRecord) => ({
  name: revisionName(revision),
  updateTime: revision.createTime,
  generation: revision.generation,
});

/** The fields that clients set, as they would have to be sent to leave the service as it is. */
export function serviceInput(service: ServiceRecord) {
  const { spec } = service;
  return {
    description: spec.description,
    labels: { ...spec.labels },
    annotations: { ...spec.annotations },
    client: spec.client.name,
    clientVersion: spec.client.version,
    ingress: INGRESS[spec.ingress],
    launchStage: STAGES[spec.launchStage],
    ...scalingMessage(spec.scaling),
    template: templateMessage(spec.template, service.name),
    traffic: spec.traffic.map(trafficMessage),
    invokerIamDisabled: spec.invokerIamDisabled,
    defaultUriDisabled: spec.defaultUriDisabled,
    customAudiences: [...spec.customAudiences],
  } satisfies ServiceInit;
}

/** Left out where nothing was asked for. */
function scalingMessage(scaling: ServiceScaling) {
  if (scaling.kind === 'manual')
    return { scaling: { scalingMode: ScalingMode.MANUAL, manualInstanceCount: scaling.instances } };
  const { minInstances, maxInstances = 0 } = scaling;
  if (minInstances === 0 && maxInstances === 0) return {};
  return { scaling: { minInstanceCount: minInstances, maxInstanceCount: maxInstances } };
}

export function serviceMessage(service: ServiceRecord): ServiceInit {
  const name = serviceName(service);
  const { deletion, latestReadyRevision, latestCreatedRevision } = service;
  const full = (revision: string) => `${name}/revisions/${revision}`;
  return {
    ...serviceInput(service),
    name,
    uid: service.uid,
    generation: BigInt(service.generation),
    createTime: timestamp(service.createTime),
    updateTime: timestamp(service.updateTime),
    ...(deletion === undefined
      ? {}
      : { deleteTime: timestamp(deletion.deleteTime), expireTime: timestamp(deletion.expireTime) }),
    creator: service.creator,
    lastModifier: service.lastModifier,
    observedGeneration: BigInt(service.observedGeneration),
    ...conditionsOf(service),
    ...(latestReadyRevision === undefined ? {} : { latestReadyRevision: full(latestReadyRevision) }),
    ...(latestCreatedRevision === '' ? {} : { latestCreatedRevision: full(latestCreatedRevision) }),
    trafficStatuses: service.traffic.map((target) => statusMessage(service, target)),
    ...urlsOf(service),
    reconciling: service.observedGeneration !== service.generation,
    etag: etagOf(serviceVersion(service)),
  };
}

/** Ready stands apart from the others. */
function conditionsOf({ conditions }: ServiceRecord): Pick<ServiceInit, 'terminalCondition' | 'conditions'> {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return {
    ...(ready === undefined ? {} : { terminalCondition: conditionMessage(ready) }),
    conditions: ['RoutesReady', 'ConfigurationsReady'].flatMap((wanted) =>
      conditions.filter(({ type }) => type === wanted).map(conditionMessage),
    ),
  };
}

/** The hashed URL is the service's `uri`; both forms are its `urls`. There are none before it has ever been ready. */
function urlsOf(service: ServiceRecord): Pick<ServiceInit, 'uri' | 'urls'> {
  if (service.spec.defaultUriDisabled || service.latestReadyRevision === undefined) return {};
  const { deterministic, hashed } = serviceUrls(service);
  return { uri: hashed, urls: [deterministic, hashed] };
}

function trafficMessage({ percent, revision, tag = '' }: TrafficTarget) {
  return 'latest' in revision
    ? { type: Allocation.LATEST, percent, tag }
    : { type: Allocation.REVISION, revision: revision.name, percent, tag };
}

function statusMessage(service: ServiceRecord, { percent, revisionName, latest, tag }: RoutedTarget) {
  return {
    type: latest ? Allocation.LATEST : Allocation.REVISION,
    ...(latest ? {} : { revision: revisionName }),
    percent,
    ...(tag === undefined ? {} : { tag }),
    ...(tag === undefined || service.spec.defaultUriDisabled
      ? {}
      : { uri: serviceUrls(service, tag).hashed }),
  };
}

/** What a template and the revisions made from it have in common. */
function templateFields(template: Template, service: string) {
  const { minInstances, maxInstances } = template;
  return {
    labels: { ...template.labels },
    annotations: { ...template.annotations },
    scaling: { minInstanceCount: minInstances, maxInstanceCount: maxInstances },
    timeout: { seconds: BigInt(template.timeoutSeconds) },
    ...instanceMessage(template, service),
    ...executionEnvironmentOf(template),
    maxInstanceRequestConcurrency: template.concurrency,
    sessionAffinity: template.sessionAffinity,
  };
}

function templateMessage(template: Template, service: string): TemplateInit {
  return {
    ...templateFields(template, service),
    revision: template.revisionName ?? '',
    healthCheckDisabled: template.healthCheckDisabled,
  };
}

/** @param serves whether traffic reaches the revision: its Active condition */
export function revisionMessage(revision: RevisionRecord, serves: boolean): RevisionInit {
  const { deletion, template } = revision;
  const pending = revision.state === 'pending';
  return {
    ...templateFields(template, revision.service),
    name: revisionName(revision),
    uid: revision.uid,
    generation: 1n,
    createTime: timestamp(revision.createTime),
    updateTime: timestamp(revision.createTime),
    ...(deletion === undefined
      ? {}
      : { deleteTime: timestamp(deletion.deleteTime), expireTime: timestamp(deletion.expireTime) }),
    launchStage: STAGES[revision.launchStage],
    service: revision.service,
    reconciling: pending,
    conditions: revisionConditions(revision, serves).map(conditionMessage),
    observedGeneration: pending ? 0n : 1n,
    logUri: revisionLogsUrl(revision),
    scalingStatus: { desiredMinInstanceCount: serves ? template.minInstances : 0 },
    creator: revision.creator,
    etag: etagOf(revisionVersion(revision)),
  };
}
