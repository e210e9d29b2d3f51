/** Entries that Cloud Run itself writes: container output, requests, system messages (https://cloud.google.com/run/docs/logging). */
import type { JsonObject, MonitoredResource } from '../google/index.js';
import { logName } from './keys.js';
import { fromLine } from './structured-line.js';
import { durationText } from './times.js';
import type { NewLogEntry, Severity } from './types.js';

/** A revision of a service, or (without a revision) the service, as entries name it. */
export interface RevisionFacts {
  /** The project's id. */
  readonly project: string;
  readonly location: string;
  readonly service: string;
  /** Empty in entries about the service as such. */
  readonly revision?: string;
  /** The service's name in entries about a revision; empty otherwise. */
  readonly configuration?: string;
}

/** The monitored resource `cloud_run_revision`, which stands for services too. */
export function cloudRunRevision(facts: RevisionFacts): MonitoredResource {
  return {
    type: 'cloud_run_revision',
    labels: {
      project_id: facts.project,
      location: facts.location,
      service_name: facts.service,
      configuration_name: facts.configuration ?? '',
      revision_name: facts.revision ?? '',
    },
  };
}

/** The monitored resource `cloud_run_job`. */
export function cloudRunJob(facts: { project: string; location: string; job: string }): MonitoredResource {
  return {
    type: 'cloud_run_job',
    labels: { project_id: facts.project, location: facts.location, job_name: facts.job },
  };
}

/** The monitored resource `cloud_run_worker_pool`; the revision is empty in entries about the pool as such. */
export function cloudRunWorkerPool(facts: {
  project: string;
  location: string;
  workerPool: string;
  revision?: string;
}): MonitoredResource {
  return {
    type: 'cloud_run_worker_pool',
    labels: {
      project_id: facts.project,
      location: facts.location,
      worker_pool_name: facts.workerPool,
      revision_name: facts.revision ?? '',
    },
  };
}

/** Whose instance it is that writes to the log, or is written about. */
export type InstanceOwner = { readonly project: string; readonly location: string } & (
  | { readonly kind: 'service'; readonly service: string; readonly revision: string }
  | { readonly kind: 'workerPool'; readonly workerPool: string; readonly revision: string }
  | {
      readonly kind: 'job';
      readonly job: string;
      readonly execution: string;
      readonly taskIndex: number;
      readonly taskAttempt: number;
    }
);

/** How entries name an instance's owner, and the labels that they carry for it. */
function namedIn(
  owner: InstanceOwner,
  instanceId: string,
): { resource: MonitoredResource; labels: Record<string, string> } {
  switch (owner.kind) {
    case 'service':
      return {
        resource: cloudRunRevision({ ...owner, configuration: owner.service }),
        labels: { instanceId },
      };
    case 'workerPool':
      return { resource: cloudRunWorkerPool(owner), labels: { instanceId } };
    case 'job':
      return {
        resource: cloudRunJob(owner),
        labels: {
          instanceId,
          'run.googleapis.com/execution_name': owner.execution,
          'run.googleapis.com/task_attempt': String(owner.taskAttempt),
          'run.googleapis.com/task_index': String(owner.taskIndex),
        },
      };
  }
}

export interface ContainerLine {
  readonly owner: InstanceOwner;
  readonly stream: 'stdout' | 'stderr';
  /** Without its newline. A JSON object becomes a structured entry. */
  readonly line: string;
  readonly instanceId: string;
  /** Given where an instance has several containers. */
  readonly container?: string;
  readonly time: Date;
}

/**
 * One line of a container's output. Neither stream says how severe its lines are, so plain text is DEFAULT.
 */
export function containerLogEntry(output: ContainerLine): NewLogEntry {
  const entry = fromLine(output.line, output.time);
  const { resource, labels } = namedIn(output.owner, output.instanceId);
  return {
    ...entry,
    logName: logName(output.owner.project, `run.googleapis.com/${output.stream}`),
    resource,
    labels: {
      ...entry.labels,
      ...labels,
      ...(output.container === undefined ? {} : { container_name: output.container }),
    },
  };
}

export interface ServedRequest extends RevisionFacts {
  readonly method: string;
  readonly url: string;
  /** The HTTP status answered. */
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly latencyMs: number;
  readonly userAgent?: string;
  readonly referer?: string;
  readonly remoteIp: string;
  readonly serverIp?: string;
  /** e.g. `HTTP/1.1` */
  readonly protocol: string;
  readonly instanceId?: string;
  /** `projects/P/traces/ID` */
  readonly trace?: string;
  readonly spanId?: string;
  readonly traceSampled?: boolean;
  /** Why the request did not reach the container; such an entry has text beside httpRequest. */
  readonly message?: string;
  readonly time: Date;
}

/** One request to a service: INFO, WARNING for the client's errors, ERROR for the service's. */
export function requestLogEntry(request: ServedRequest): NewLogEntry {
  const severity: Severity = request.status >= 500 ? 'ERROR' : request.status >= 400 ? 'WARNING' : 'INFO';
  const httpRequest: JsonObject = {
    requestMethod: request.method,
    requestUrl: request.url,
    // 64-bit numbers are text in proto JSON.
    requestSize: String(request.requestBytes),
    status: request.status,
    responseSize: String(request.responseBytes),
    ...given('userAgent', request.userAgent),
    remoteIp: request.remoteIp,
    ...given('serverIp', request.serverIp),
    ...given('referer', request.referer),
    latency: durationText(request.latencyMs),
    protocol: request.protocol,
  };
  return {
    logName: logName(request.project, 'run.googleapis.com/requests'),
    resource: cloudRunRevision(request),
    timestamp: request.time.toISOString(),
    severity,
    httpRequest,
    ...(request.instanceId === undefined ? {} : { labels: { instanceId: request.instanceId } }),
    ...given('trace', request.trace),
    ...given('spanId', request.spanId),
    ...(request.traceSampled === true ? { traceSampled: true } : {}),
    ...given('textPayload', request.message),
  };
}

function given<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const record: Partial<Record<K, string>> = {};
  if (value !== undefined && value !== '') record[key] = value;
  return record;
}

export interface SystemMessage {
  readonly owner: InstanceOwner;
  readonly message: string;
  readonly severity: Severity;
  readonly instanceId: string;
  readonly time: Date;
}

/** What Cloud Run says about an instance: it starts, its probe failed, it exited. */
export function varlogEntry(event: SystemMessage): NewLogEntry {
  return {
    logName: logName(event.owner.project, 'run.googleapis.com/varlog/system'),
    ...namedIn(event.owner, event.instanceId),
    timestamp: event.time.toISOString(),
    severity: event.severity,
    textPayload: event.message,
  };
}
