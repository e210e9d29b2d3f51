/** Writes a Terraform plan of a given size, the same each time, and the estate of the projects that it is applied to. */

/** Services of one project, each with an account, a repository, an API and three grants of its own. */
const PER_PROJECT = 10;
const REGION = 'us-central1';
const AS = 'user:deployer@example.com';
const APIS = [
  'run',
  'iam',
  'secretmanager',
  'pubsub',
  'logging',
  'monitoring',
  'storage',
  'sqladmin',
  'redis',
];

/** Who applies the plan, as a member. */
export const APPLIED_BY = AS;

const padded = (number: number) => String(number).padStart(5, '0');
const project = (service: number) => `plan-project-${padded(Math.floor(service / PER_PROJECT))}`;
const projectNumber = (service: number) => String(100_000_000_000 + Math.floor(service / PER_PROJECT));

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly after: object;
  readonly unknown?: object;
  readonly expressions?: object;
  readonly dependsOn?: readonly string[];
}

const account = (name: string) => ({
  references: [`google_service_account.${name}.email`, `google_service_account.${name}`],
});

/** Eight changes; every other service waits for the grants that it needs, and the rest only for its account. */
function resourcesOf(service: number): readonly Resource[] {
  const name = `web_${padded(service)}`;
  const id = `web-${padded(service)}`;
  const at = { project: project(service), location: REGION };
  const agent = `serviceAccount:service-${projectNumber(service)}@serverless-robot-prod.iam.gserviceaccount.com`;
  const on = { ...at, repository: id };
  const api = `${APIS[service % PER_PROJECT] ?? 'artifactregistry'}.googleapis.com`;
  const reader = 'google_artifact_registry_repository_iam_member';
  return [
    { type: 'google_project_service', name, after: { project: at.project, service: api } },
    {
      type: 'google_service_account',
      name,
      after: { project: at.project, account_id: id, disabled: false },
      unknown: { email: true, id: true, name: true, member: true },
    },
    {
      type: 'google_service_account_iam_member',
      name,
      after: { role: 'roles/iam.serviceAccountUser', member: AS },
      unknown: { service_account_id: true },
      expressions: {
        service_account_id: {
          references: [`google_service_account.${name}.name`, `google_service_account.${name}`],
        },
      },
    },
    {
      type: 'google_artifact_registry_repository',
      name,
      after: { ...at, repository_id: id, format: 'DOCKER' },
    },
    {
      type: reader,
      name: `${name}_agent`,
      after: { ...on, role: 'roles/artifactregistry.reader', member: agent },
    },
    {
      type: reader,
      name: `${name}_deployer`,
      after: { ...on, role: 'roles/artifactregistry.reader', member: AS },
    },
    {
      type: 'google_project_iam_member',
      name,
      after: { project: at.project, role: 'roles/logging.logWriter' },
      unknown: { member: true },
      expressions: {
        member: {
          references: [`google_service_account.${name}.member`, `google_service_account.${name}`],
        },
      },
    },
    {
      type: 'google_cloud_run_v2_service',
      name,
      after: {
        name: id,
        ...at,
        template: [{ containers: [{ image: `${REGION}-docker.pkg.dev/${at.project}/${id}/web:1` }] }],
      },
      unknown: { template: [{ service_account: true }] },
      expressions: { template: [{ service_account: account(name) }] },
      ...(service % 2 === 0 && {
        dependsOn: [
          `google_project_service.${name}`,
          `google_service_account_iam_member.${name}`,
          `google_artifact_registry_repository.${name}`,
          `${reader}.${name}_agent`,
          `${reader}.${name}_deployer`,
        ],
      }),
    },
  ];
}

/** The JSON of a plan that creates so many services and seven other resources for each. */
export function planOf(services: number): string {
  const resources = Array.from({ length: services }, (_, service) => resourcesOf(service)).flat();
  const provider_config_key = 'google';
  return JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.9.8',
    resource_changes: resources.map(({ type, name, after, unknown = {} }) => ({
      address: `${type}.${name}`,
      mode: 'managed',
      type,
      name,
      provider_name: 'registry.terraform.io/hashicorp/google',
      change: { actions: ['create'], before: null, after, after_unknown: { id: true, ...unknown } },
    })),
    configuration: {
      provider_config: { google: { name: 'google', full_name: 'registry.terraform.io/hashicorp/google' } },
      root_module: {
        resources: resources.map(({ type, name, expressions = {}, dependsOn }) => ({
          address: `${type}.${name}`,
          mode: 'managed',
          type,
          name,
          provider_config_key,
          expressions,
          ...(dependsOn && { depends_on: dependsOn }),
          schema_version: 0,
        })),
      },
    },
    errored: false,
  });
}

/** The projects of that plan, in which whoever applies it may deploy. */
export function estateOf(services: number): string {
  const projects = Array.from({ length: Math.ceil(services / PER_PROJECT) }, (_, index) => ({
    id: project(index * PER_PROJECT),
    number: projectNumber(index * PER_PROJECT),
    services: ['run.googleapis.com', 'artifactregistry.googleapis.com'],
    iam: [{ role: 'roles/run.admin', members: [AS] }],
  }));
  return JSON.stringify({ projects });
}
