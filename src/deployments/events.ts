/** What Cloud Run writes to the log by itself: readiness changes, container output, its own notes on instances. */

import type { NewLogEntry } from '../audit/index.js';
import { containerLogEntry, type Log, systemEventEntry, varlogEntry } from '../audit/index.js';
import type { JsonObject } from '../google/index.js';
import type { InstanceEvents } from './instances.js';
import type { RevisionRecord, ServiceRecord } from './model.js';

/** Renders a stored object for an entry's `response`: the API's view of it, handed in from above. */
export interface ObjectViews {
  readonly service: (service: ServiceRecord) => JsonObject;
  readonly revision: (revision: RevisionRecord) => JsonObject;
}

function labelsOf(
  project: string,
  location: string,
  service: string,
  revision: string,
): Record<string, string> {
  return {
    project_id: project,
    location,
    service_name: service,
    configuration_name: revision === '' ? '' : service,
    revision_name: revision,
  };
}

const methodOf = (generation: number) =>
  generation === 1 ? '/Services.CreateService' : '/Services.ReplaceService';

/** The entry of a service whose Ready condition has changed. */
export function serviceEvent(service: ServiceRecord, views: ObjectViews, time: Date): NewLogEntry {
  const ready = service.conditions.find((condition) => condition.type === 'Ready');
  const status = ready?.status ?? 'Unknown';
  const failed = status === 'False';
  return systemEventEntry({
    project: service.project,
    methodName: methodOf(service.generation),
    resourceName: `namespaces/${service.project}/services/${service.name}`,
    monitored: {
      type: 'cloud_run_revision',
      labels: labelsOf(service.project, service.location, service.name, ''),
    },
    location: service.location,
    response: views.service(service),
    time,
    status: {
      ...(failed ? { code: 9 } : {}),
      message: `Ready condition status changed to ${status} for Service ${service.name}${failed ? ` with message: ${ready?.message ?? ''}` : '.'}`,
    },
  });
}

/** The entry of a revision that failed. */
export function revisionEvent(revision: RevisionRecord, views: ObjectViews, time: Date): NewLogEntry {
  return systemEventEntry({
    project: revision.project,
    methodName: methodOf(revision.generation),
    resourceName: `namespaces/${revision.project}/revisions/${revision.name}`,
    monitored: {
      type: 'cloud_run_revision',
      labels: labelsOf(revision.project, revision.location, revision.service, revision.name),
    },
    location: revision.location,
    response: views.revision(revision),
    time,
    status: {
      code: 9,
      message: `Ready condition status changed to False for Revision ${revision.name} with message: ${revision.error?.message ?? ''}`,
    },
  });
}

/** Sends what instances write, and what is said of them, to the project's log. */
export function instanceEvents(log: Log, clock: () => Date): InstanceEvents {
  return {
    output(revision, instanceId, stream, line) {
      const time = clock();
      log.append(
        revision.project,
        containerLogEntry({
          project: revision.project,
          location: revision.location,
          service: revision.service,
          revision: revision.name,
          instanceId,
          stream,
          line,
          time,
        }),
        time,
      );
    },
    system(revision, instanceId, severity, text) {
      const time = clock();
      log.append(
        revision.project,
        varlogEntry({
          project: revision.project,
          location: revision.location,
          service: revision.service,
          revision: revision.name,
          instanceId,
          severity,
          text,
          time,
        }),
        time,
      );
    },
  };
}
