/** Whether a project is in use: the one place that knows what a project that is marked for deletion refuses. */
import { errorInfo, GoogleError } from '../google/index.js';
import type { Project } from './types.js';

/** False from the deletion of a project until it is restored: nothing in it can be reached meanwhile. */
export function isUsable({ state }: Pick<Project, 'state'>): boolean {
  return state === 'ACTIVE';
}

/** Is the API enabled in the project? @param api e.g. `run.googleapis.com` */
export function isEnabled(project: Pick<Project, 'services'>, api: string): boolean {
  return Object.hasOwn(project.services, api);
}

/** Does what was made by the API still work: is the project in use, and the API on? */
export function isServing(project: Pick<Project, 'state' | 'services'> | undefined, api: string): boolean {
  return project !== undefined && isUsable(project) && isEnabled(project, api);
}

/**
 * @param api the API that was called
 * @throws GoogleError PERMISSION_DENIED with reason CONSUMER_INVALID for a project that is marked for deletion, as
 *   every API answers for one
 *   (https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects#shutting_down_projects)
 */
export function requireUsable(project: Pick<Project, 'state' | 'number'>, api: string): void {
  if (isUsable(project)) return;
  const message = `Project #${project.number} has been deleted.`;
  throw new GoogleError('PERMISSION_DENIED', message, {
    reason: 'forbidden',
    details: [
      errorInfo('CONSUMER_INVALID', 'googleapis.com', {
        consumer: `projects/${project.number}`,
        containerInfo: project.number,
        service: api,
      }),
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ description: 'Google developers console', url: 'https://console.developers.google.com' }],
      },
    ],
  });
}
