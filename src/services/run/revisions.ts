/** What both versions say of revisions. */
import type {
  AnyRevision,
  Condition,
  Deployments,
  InstanceTemplate,
  RevisionRecord,
  WorkerPoolRevisionRecord,
} from '../../deployments/index.js';

/** The names of the revisions that a project's services in a region send traffic to. */
export async function servedRevisions(
  deployments: Deployments,
  project: string,
  location: string,
): Promise<ReadonlySet<string>> {
  const services = await deployments.list(project, location);
  return new Set(services.flatMap((row) => row.value.traffic.map((target) => target.revisionName)));
}

/** @param serves whether traffic, or a share of the instances, reaches the revision: its Active condition */
export function revisionConditions(
  revision: AnyRevision<InstanceTemplate>,
  serves: boolean,
): readonly Condition[] {
  return revision.conditions.map((condition) =>
    condition.type === 'Active' && !serves
      ? {
          ...condition,
          status: 'False',
          reason: 'Retired',
          message: 'Revision retired.',
          severity: 'Info',
        }
      : condition,
  );
}

export function revisionLogsUrl({ project, service, name }: RevisionRecord): string {
  return `https://console.cloud.google.com/logs/viewer?project=${project}&resource=cloud_run_revision/service_name/${service}/revision_name/${name}`;
}

export function poolRevisionLogsUrl({ project, workerPool, name }: WorkerPoolRevisionRecord): string {
  return `https://console.cloud.google.com/logs/viewer?project=${project}&resource=cloud_run_worker_pool/worker_pool_name/${workerPool}/revision_name/${name}`;
}
