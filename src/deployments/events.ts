/** What Cloud Run writes to the log by itself: readiness changes, container output, its own notes on instances. */
import {
  cloudRunJob,
  cloudRunRevision,
  cloudRunWorkerPool,
  containerLogEntry,
  imageReadWarningEntry,
  type Log,
  type NewLogEntry,
  systemEventEntry,
  varlogEntry,
} from '../audit/index.js';
import type { JudgedRequirement } from '../checkpoint/index.js';
import type { Call, JsonObject, MonitoredResource } from '../google/index.js';
import type { RunKind } from '../names/index.js';
import { type InstanceEvents, publicInstanceId } from './instance/index.js';
import type {
  Condition,
  ExecutionRecord,
  JobRecord,
  ResourceKey,
  RevisionRecord,
  ServiceRecord,
  WorkerPoolRecord,
  WorkerPoolRevisionRecord,
} from './model.js';

/** Renders a stored object for an entry's `response`: the API's view of it, handed in from above. */
export interface ObjectViews {
  readonly service: (service: ServiceRecord) => JsonObject;
  readonly revision: (revision: RevisionRecord) => JsonObject;
  readonly job: (job: JobRecord) => JsonObject;
  readonly execution: (execution: ExecutionRecord) => JsonObject;
  readonly workerPool: (pool: WorkerPoolRecord) => JsonObject;
  readonly workerPoolRevision: (revision: WorkerPoolRevisionRecord) => JsonObject;
}

export const RUN_API = 'run.googleapis.com';

const facts = (revision: RevisionRecord) => ({
  project: revision.project,
  location: revision.location,
  service: revision.service,
  revision: revision.name,
  configuration: revision.service,
});

const methodOf = (generation: number) =>
  generation === 1 ? '/Services.CreateService' : '/Services.ReplaceService';

/** A change of a Ready condition, to be told. */
export interface ReadinessChange {
  /** The resource or revision, with the condition as it now is. */
  readonly about: ResourceKey & { readonly conditions: readonly Condition[] };
  /** As the message has it, e.g. `Service`. */
  readonly noun: string;
  /** As v1 spells it in resource names, e.g. `services`. */
  readonly collection: string;
  /** e.g. `/Services.CreateService` */
  readonly methodName: string;
  readonly monitored: MonitoredResource;
  readonly response: JsonObject;
  readonly time: Date;
}

/** The entry of a Ready condition that has changed. */
export function readinessEntry(change: ReadinessChange): NewLogEntry {
  const { about, noun, collection, methodName, monitored, response, time } = change;
  const { project, location, name, conditions } = about;
  const ready = conditions.find((condition) => condition.type === 'Ready');
  const status = ready?.status ?? 'Unknown';
  const failed = status === 'False';
  return systemEventEntry({
    project,
    serviceName: RUN_API,
    methodName,
    resourceName: `namespaces/${project}/${collection}/${name}`,
    monitored,
    location,
    response,
    time,
    status: {
      ...(failed ? { code: 9 } : {}),
      message: `Ready condition status changed to ${status} for ${noun} ${name}${failed ? ` with message: ${ready?.message ?? ''}` : '.'}`,
    },
  });
}

/** The entry of a service whose Ready condition has changed. */
export function serviceEvent(service: ServiceRecord, views: ObjectViews, time: Date): NewLogEntry {
  return readinessEntry({
    about: service,
    noun: 'Service',
    collection: 'services',
    methodName: methodOf(service.generation),
    monitored: monitoredAs('service', service),
    response: views.service(service),
    time,
  });
}

/** The entry of a revision that failed. */
export function revisionEvent(revision: RevisionRecord, views: ObjectViews, time: Date): NewLogEntry {
  return readinessEntry({
    about: revision,
    noun: 'Revision',
    collection: 'revisions',
    methodName: methodOf(revision.generation),
    monitored: cloudRunRevision(facts(revision)),
    response: views.revision(revision),
    time,
  });
}

/** How entries name a service, job or worker pool. */
export function monitoredAs(kind: RunKind, { project, location, name }: ResourceKey): MonitoredResource {
  switch (kind) {
    case 'service':
      return cloudRunRevision({ project, location, service: name });
    case 'job':
      return cloudRunJob({ project, location, job: name });
    case 'workerPool':
      return cloudRunWorkerPool({ project, location, workerPool: name });
  }
}

/**
 * The entry that warned, before the image check was enforced, of a deployer who cannot read the image.
 * @param label the resource as the call's API version spells it
 */
export function imageReadWarning(
  kind: RunKind,
  key: ResourceKey,
  label: string,
  warning: JudgedRequirement,
  call: Call,
): NewLogEntry {
  return imageReadWarningEntry({
    project: key.project,
    serviceName: RUN_API,
    methodName: call.method,
    resourceName: label,
    monitored: monitoredAs(kind, key),
    location: key.location,
    caller: { principal: call.principal, ...(call.origin === undefined ? {} : { origin: call.origin }) },
    authorizations: [],
    callerIp: call.callerIp,
    userAgent: call.userAgent,
    message: warning.message ?? '',
    time: call.time,
  });
}

/** Sends what instances write, and what is said of them, to the project's log. */
export function instanceEvents(log: Log, clock: () => Date): InstanceEvents {
  return {
    output(owner, id, container, stream, line) {
      const time = clock();
      const instanceId = publicInstanceId(id);
      const named = container === undefined ? {} : { container };
      const entry = containerLogEntry({ owner, instanceId, stream, line, time, ...named });
      log.append(owner.project, entry, time);
    },
    system(owner, id, severity, message) {
      const time = clock();
      const instanceId = publicInstanceId(id);
      log.append(owner.project, varlogEntry({ owner, instanceId, severity, message, time }), time);
    },
  };
}
