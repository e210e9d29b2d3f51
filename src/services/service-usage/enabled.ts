/** What an API asks before it does anything: is the project in use, and the API enabled in it? */
import { isEnabled, type Project, requireUsable } from '../../access/index.js';
import { refusals } from '../../checkpoint/index.js';
import { errorInfo, GoogleError } from '../../google/index.js';
import { knownApi } from './catalogue.js';

/**
 * @param title the API's title as the sentence begins; the catalogue's when left out
 * @throws GoogleError PERMISSION_DENIED with reason CONSUMER_INVALID for a project that is marked for deletion, and
 *   with reason SERVICE_DISABLED when the API is not enabled: gcloud offers to enable it when the message ends so
 */
export function requireEnabled(
  project: Pick<Project, 'services' | 'number' | 'state'>,
  api: string,
  title: string = knownApi(api)?.title ?? api,
): void {
  requireUsable(project, api);
  if (isEnabled(project, api)) return;
  const { number } = project;
  throw new GoogleError('PERMISSION_DENIED', refusals.apiDisabled(number, { api, title }), {
    details: refusals.apiDisabledDetails(number, { api, title }).map((detail) => ({ ...detail })),
  });
}

/** @throws GoogleError PERMISSION_DENIED naming those APIs that do not exist, in Service Usage's words */
export function requireKnown(apis: readonly string[]): void {
  const unknown = apis.filter((api) => !knownApi(api));
  if (unknown.length === 0) return;
  const services = unknown.join(',');
  throw new GoogleError(
    'PERMISSION_DENIED',
    `Not found or permission denied for service(s): ${unknown.join(', ')}.`,
    {
      details: [
        errorInfo('SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED', 'serviceusage.googleapis.com', {
          services,
        }),
      ],
    },
  );
}
