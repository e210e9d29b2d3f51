/** What Cloud Run says when a container does not start (docs "Troubleshoot Cloud Run issues"). */
import type { RevisionRecord } from './model.js';
import { ingressContainer } from './template.js';

/** Whose logs a message points to. */
interface LogsOf {
  readonly project: string;
  /** The monitored resource's type. */
  readonly type: 'cloud_run_revision' | 'cloud_run_worker_pool';
  readonly labels: Readonly<Record<string, string>>;
}

function logsUrl({ project, type, labels }: LogsOf): string {
  const entries = Object.entries(labels);
  const filter = [
    `resource.type="${type}"`,
    ...entries.map(([name, value]) => `resource.labels.${name}="${value}"`),
  ].join('\n');
  const path = [type, ...entries.flat()].join('/');
  return `https://console.cloud.google.com/logs/viewer?project=${project}&resource=${path}&advancedFilter=${encodeURIComponent(filter)}`;
}

/** What is wrong, and where to read on. A blank ends the logs line, as in Google's message. */
export function seeLogs(opening: string, logs: LogsOf): string {
  return [
    `${opening} Logs for this revision might contain more information.`,
    '',
    `Logs URL: ${logsUrl(logs)} `,
    'For more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start',
  ].join('\n');
}

export const FAILED_STARTUP_PROBE = 'The user-provided container failed the configured startup probe checks.';

/**
 * The container ended or never listened. "defined provided" is Google's wording; what is said of containers beside the
 * one that takes the requests is not, which is unknown.
 * @param failing the container that failed, where it is known
 */
export function containerFailedToStart(revision: RevisionRecord, failing?: string): string {
  const { project, service, name } = revision;
  const labels = { service_name: service, revision_name: name };
  return seeLogs(whatFailed(revision, failing), { project, type: 'cloud_run_revision', labels });
}

function whatFailed({ template }: RevisionRecord, failing: string | undefined): string {
  const container = ingressContainer(template);
  const sidecar = template.containers.find((other) => other.name === failing && other !== container);
  if (sidecar)
    return sidecar.startupProbe
      ? `The user-provided container "${sidecar.name}" failed the configured startup probe checks.`
      : `The user-provided container "${sidecar.name}" ended before the instance had started.`;
  return container.startupProbe
    ? FAILED_STARTUP_PROBE
    : `The user-provided container failed to start and listen on the port defined provided by the PORT=${container.port.number} environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended.`;
}

/** This machine has nothing to run containers with: no message of Google's, since there it cannot happen. */
export function containerNotRunHere(revision: { readonly name: string }, why: string): string {
  return `The container of revision ${revision.name} could not be started: ${why}`;
}

/** Traffic was to go to a revision that does not run. */
export const notReady = (revision: string) => `Revision '${revision}' is not ready and cannot serve traffic.`;

export const importFailed = (why: string) => `Container import failed: ${why}`;

/** An image of Docker Hub is pulled through Google's mirror, and named so in messages. */
export const mirrored = (image: string) => `mirror.gcr.io/${image}`;
