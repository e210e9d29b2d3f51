/** Whose logs there are: projects' by their ids, and those of folders and organizations by their names. */
import type { MonitoredResource } from '../google/index.js';

/**
 * A project's id, or `folders/N`, or `organizations/N`. "The parent of the log" of audit entries is the resource that
 * was called (https://cloud.google.com/logging/docs/audit#audit-log-names).
 */
export type LogContainer = string;

/** The container as names of logs begin with it, e.g. `projects/P`. */
export function containerName(container: LogContainer): string {
  return container.includes('/') ? container : `projects/${container}`;
}

/** The container as one segment of a key. No project is called so: what follows an id's colon begins with a letter. */
export function containerKey(container: LogContainer): string {
  return container.replace('/', ':');
}

/** https://cloud.google.com/logging/docs/api/v2/resource-list: project, folder, organization */
export function monitoredContainer(container: LogContainer): MonitoredResource {
  const [, collection, id] = /^(folder|organization)s\/(.+)$/.exec(container) ?? [];
  if (collection === undefined || id === undefined) {
    return { type: 'project', labels: { project_id: container } };
  }
  return { type: collection, labels: { [`${collection}_id`]: id } };
}
