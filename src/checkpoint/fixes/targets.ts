/** How each kind of resource takes a binding: by which command of gcloud, and as which resource of Terraform. */
import { type ResourceName, splitResource } from '../../names/index.js';

/** How one kind of resource takes a binding. */
export interface Target {
  /** The command's words up to the resource's own arguments. */
  readonly gcloud: readonly string[];
  /** False for the one command that knows no conditions. */
  readonly takesCondition: boolean;
  readonly terraform: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What the Terraform resource is named after. */
  readonly label: string;
}

function runTarget(parts: readonly string[], apiVersion: 'v1' | 'v2'): Target {
  const [, project = '', , location = '', collection = '', name = ''] = parts;
  const group = collection === 'workerPools' ? 'worker-pools' : collection;
  const place = [`--project=${project}`, `--region=${location}`];
  const terraform = {
    services:
      apiVersion === 'v1' ? 'google_cloud_run_service_iam_member' : 'google_cloud_run_v2_service_iam_member',
    jobs: 'google_cloud_run_v2_job_iam_member',
    workerPools: 'google_cloud_run_v2_worker_pool_iam_member',
  }[collection];
  if (terraform === undefined) throw new Error(`no grant is known for Cloud Run's ${collection}`);
  const key = terraform === 'google_cloud_run_service_iam_member' ? 'service' : 'name';
  return {
    gcloud: ['run', group, 'add-iam-policy-binding', name, ...place],
    takesCondition: collection !== 'jobs',
    terraform,
    attributes: { project, location, [key]: name },
    label: name,
  };
}

/**
 * @param apiVersion which of Terraform's resources for a Cloud Run service it is
 * @throws Error for a resource that no fix is about
 */
export function targetOf(resource: ResourceName, apiVersion: 'v1' | 'v2'): Target {
  const { service, path } = splitResource(resource);
  const parts = path.split('/');
  const [, project = ''] = parts;
  const last = parts.at(-1) ?? '';
  switch (service) {
    case 'cloudresourcemanager.googleapis.com':
      return {
        gcloud: ['projects', 'add-iam-policy-binding', project],
        takesCondition: true,
        terraform: 'google_project_iam_member',
        attributes: { project },
        label: project,
      };
    case 'iam.googleapis.com':
      return {
        gcloud: ['iam', 'service-accounts', 'add-iam-policy-binding', last, `--project=${project}`],
        takesCondition: true,
        terraform: 'google_service_account_iam_member',
        attributes: { service_account_id: path },
        label: last.replace(/@.*/, ''),
      };
    case 'artifactregistry.googleapis.com': {
      const location = parts[3] ?? '';
      return {
        gcloud: [
          'artifacts',
          'repositories',
          'add-iam-policy-binding',
          last,
          `--project=${project}`,
          `--location=${location}`,
        ],
        takesCondition: true,
        terraform: 'google_artifact_registry_repository_iam_member',
        attributes: { project, location, repository: last },
        label: last,
      };
    }
    case 'secretmanager.googleapis.com':
      return {
        gcloud: ['secrets', 'add-iam-policy-binding', last, `--project=${project}`],
        takesCondition: true,
        terraform: 'google_secret_manager_secret_iam_member',
        attributes: { project, secret_id: last },
        label: last,
      };
    case 'run.googleapis.com':
      return runTarget(parts, apiVersion);
    default:
      throw new Error(`no grant is known for resources of ${service}`);
  }
}
