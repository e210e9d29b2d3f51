/** Grants as gcloud commands and as Terraform: `gcloud … add-iam-policy-binding`, `google_…_iam_member`. */
import { type ResourceName, splitResource } from '../names/index.js';

export interface Commands {
  readonly gcloud: string;
  readonly terraform: string;
}

/** How one kind of resource takes a binding. */
interface Target {
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

function targetOf(resource: ResourceName, apiVersion: 'v1' | 'v2'): Target {
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

/** A word as a shell takes it. Nothing that we name needs quotes; a stranger's e-mail address may. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A quoted string of HCL, in which `${` and `%{` would begin a template. */
function hclString(text: string): string {
  return JSON.stringify(text).replace(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`);
}

function terraformResource(
  type: string,
  label: string,
  attributes: Readonly<Record<string, string>>,
): string {
  const width = Math.max(...Object.keys(attributes).map((key) => key.length));
  const lines = Object.entries(attributes).map(([key, value]) => `  ${key.padEnd(width)} = ${value}`);
  return [`resource "${type}" "${label}" {`, ...lines, '}'].join('\n');
}

const quoted = (attributes: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, hclString(value)]));

const identifier = (...parts: readonly string[]) =>
  parts
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^(?=[^a-z])/, 'r_')
    .replace(/_$/, '');

function unused(label: string, taken: Set<string>): string {
  let candidate = label;
  for (let suffix = 2; taken.has(candidate); suffix++) candidate = `${label}_${suffix}`;
  taken.add(candidate);
  return candidate;
}

/**
 * One grant, both ways. The gcloud command always says that it means no condition: without that it asks, or
 * fails where nobody can answer, as soon as any binding of the policy has one.
 * @param taken the labels of the Terraform resources written so far; the new one is added
 */
export function grantCommands(
  { member, role, resource }: { member: string; role: string; resource: ResourceName },
  apiVersion: 'v1' | 'v2',
  taken: Set<string>,
): Commands {
  const target = targetOf(resource, apiVersion);
  const words = ['gcloud', ...target.gcloud, `--member=${member}`, `--role=${role}`];
  const account = member.slice(member.indexOf(':') + 1).replace(/@.*/, '');
  const label = unused(identifier(target.label, role.slice(role.lastIndexOf('.') + 1), account), taken);
  return {
    gcloud: [...words, ...(target.takesCondition ? ['--condition=None'] : [])].map(shellWord).join(' '),
    terraform: terraformResource(target.terraform, label, quoted({ ...target.attributes, role, member })),
  };
}

export function enableApiCommands(project: string, api: string): Commands {
  return {
    gcloud: `gcloud services enable ${api} --project=${project}`,
    terraform: terraformResource(
      'google_project_service',
      identifier(project, api),
      quoted({ project, service: api }),
    ),
  };
}

export function createAgentCommands(project: string, api: string): Commands {
  return {
    gcloud: `gcloud beta services identity create --service=${api} --project=${project}`,
    terraform: terraformResource('google_project_service_identity', identifier(project, api), {
      provider: 'google-beta',
      ...quoted({ project, service: api }),
    }),
  };
}
