/** Stored objects as the v2 API shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type RevisionRecord,
  type RoutedTarget,
  type ServiceRecord,
  type ServiceScaling,
  serviceUrls,
  type Template,
  type TrafficTarget,
} from '../../deployments/index.js';
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
import { executionEnvironmentOf, instanceMessage } from './instance-view.js';
import { launchStage, recordFields, revisionFields, revisionVersionOf } from './record-view.js';

type ServiceInit = MessageInitShape<typeof ServiceSchema>;
type TemplateInit = MessageInitShape<typeof RevisionTemplateSchema>;
export type RevisionInit = MessageInitShape<typeof RevisionSchema>;

const INGRESS = {
  all: IngressTraffic.ALL,
  internal: IngressTraffic.INTERNAL_ONLY,
  'internal-and-load-balancer': IngressTraffic.INTERNAL_LOAD_BALANCER,
} as const;

/** `projects/P/locations/L/services/S`, with the project's id. */
export function serviceName({ project, location, name }: ServiceRecord): string {
  return `projects/${project}/locations/${location}/services/${name}`;
}

export function revisionName({ project, location, service, name }: RevisionRecord): string {
  return `projects/${project}/locations/${location}/services/${service}/revisions/${name}`;
}

/** What a revision's etag is made from. */
export const revisionVersion = (revision: RevisionRecord) =>
  revisionVersionOf(revisionName(revision), revision);

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
    launchStage: launchStage(spec.launchStage),
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
  const { latestReadyRevision, latestCreatedRevision } = service;
  const full = (revision: string) => `${name}/revisions/${revision}`;
  return {
    ...serviceInput(service),
    ...recordFields('service', service),
    ...(latestReadyRevision === undefined ? {} : { latestReadyRevision: full(latestReadyRevision) }),
    ...(latestCreatedRevision === '' ? {} : { latestCreatedRevision: full(latestCreatedRevision) }),
    trafficStatuses: service.traffic.map((target) => statusMessage(service, target)),
    ...urlsOf(service),
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
  const { template } = revision;
  return {
    ...templateFields(template, revision.service),
    ...revisionFields(revisionName(revision), revision),
    service: revision.service,
    conditions: revisionConditions(revision, serves).map(conditionMessage),
    logUri: revisionLogsUrl(revision),
    scalingStatus: { desiredMinInstanceCount: serves ? template.minInstances : 0 },
  };
}
