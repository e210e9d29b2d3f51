/** What Cloud Run says when a container does not start (docs "Troubleshoot Cloud Run issues"). */
import type { RevisionRecord } from './model.js';
import { ingressContainer } from './template.js';

function logsUrl(revision: RevisionRecord): string {
  const { project, service, name } = revision;
  const filter = [
    'resource.type="cloud_run_revision"',
    `resource.labels.service_name="${service}"`,
    `resource.labels.revision_name="${name}"`,
  ].join('\n');
  return `https://console.cloud.google.com/logs/viewer?project=${project}&resource=cloud_run_revision/service_name/${service}/revision_name/${name}&advancedFilter=${encodeURIComponent(filter)}`;
}

/** The container ended or never listened. "defined provided" is Google's wording; a blank ends the logs line. */
export function containerFailedToStart(revision: RevisionRecord): string {
  const container = ingressContainer(revision.template);
  const opening = container.startupProbe
    ? 'The user-provided container failed the configured startup probe checks.'
    : `The user-provided container failed to start and listen on the port defined provided by the PORT=${container.port.number} environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended.`;
  return [
    `${opening} Logs for this revision might contain more information.`,
    '',
    `Logs URL: ${logsUrl(revision)} `,
    'For more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start',
  ].join('\n');
}

/** This machine has nothing to run containers with: no message of Google's, since there it cannot happen. */
export function containerNotRunHere(revision: RevisionRecord, why: string): string {
  return `The container of revision ${revision.name} could not be started: ${why}`;
}

/** Traffic was to go to a revision that does not run. */
export const notReady = (revision: string) => `Revision '${revision}' is not ready and cannot serve traffic.`;

export const importFailed = (why: string) => `Container import failed: ${why}`;

/** An image of Docker Hub is pulled through Google's mirror, and named so in messages. */
export const mirrored = (image: string) => `mirror.gcr.io/${image}`;
