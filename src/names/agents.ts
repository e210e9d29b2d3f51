/**
 * Service agents: the accounts through which Google's services act in a project. Their addresses follow no
 * formula, so this is a table (docs "Service agents", https://cloud.google.com/iam/docs/service-agents).
 */

export interface ServiceAgent {
  /** The API whose enabling creates the agent. */
  readonly api: string;
  readonly title: string;
  /** The agent's address in the project with this number. */
  readonly email: (projectNumber: string) => string;
  /** The role the agent gets on its project when the API is enabled; undefined when none is granted. */
  readonly role?: string;
  /** When the agent comes to be: with the API, or with the first resource made in it. */
  readonly createdOn: 'enable' | 'first-use';
}

const agentAt = (domain: string) => (number: string) => `service-${number}@${domain}.iam.gserviceaccount.com`;

export const CLOUD_RUN_AGENT: ServiceAgent = {
  api: 'run.googleapis.com',
  title: 'Google Cloud Run Service Agent',
  email: agentAt('serverless-robot-prod'),
  role: 'roles/run.serviceAgent',
  createdOn: 'enable',
};

/** Reads what stands behind virtual and remote repositories. */
export const ARTIFACT_REGISTRY_AGENT: ServiceAgent = {
  api: 'artifactregistry.googleapis.com',
  title: 'Artifact Registry Service Agent',
  email: agentAt('gcp-sa-artifactregistry'),
  role: 'roles/artifactregistry.serviceAgent',
  createdOn: 'first-use',
};

export const SERVICE_AGENTS: readonly ServiceAgent[] = [
  CLOUD_RUN_AGENT,
  ARTIFACT_REGISTRY_AGENT,
  {
    api: 'containerregistry.googleapis.com',
    title: 'Container Registry Service Agent',
    email: (number) => `service-${number}@containerregistry.iam.gserviceaccount.com`,
    role: 'roles/containerregistry.ServiceAgent',
    createdOn: 'enable',
  },
  {
    api: 'cloudbuild.googleapis.com',
    title: 'Cloud Build Service Agent',
    email: agentAt('gcp-sa-cloudbuild'),
    role: 'roles/cloudbuild.serviceAgent',
    createdOn: 'enable',
  },
  {
    // Builds ran as this account by default until 2024; they may still (docs "Cloud Build service account change").
    api: 'cloudbuild.googleapis.com',
    title: 'Cloud Build Legacy Service Account',
    email: (number) => `${number}@cloudbuild.gserviceaccount.com`,
    role: 'roles/cloudbuild.builds.builder',
    createdOn: 'enable',
  },
  {
    api: 'cloudfunctions.googleapis.com',
    title: 'Google Cloud Functions Service Agent',
    email: agentAt('gcf-admin-robot'),
    role: 'roles/cloudfunctions.serviceAgent',
    createdOn: 'enable',
  },
  {
    // Made on request alone (`gcloud beta services identity create`), and granted nothing.
    api: 'secretmanager.googleapis.com',
    title: 'Secret Manager Service Agent',
    email: agentAt('gcp-sa-secretmanager'),
    createdOn: 'first-use',
  },
  {
    api: 'firebaseapphosting.googleapis.com',
    title: 'Firebase App Hosting Service Agent',
    email: agentAt('gcp-sa-firebaseapphosting'),
    role: 'roles/firebaseapphosting.serviceAgent',
    createdOn: 'enable',
  },
];

/** The address of a project's Cloud Run service agent, which pulls images and mints the runtime's tokens. */
export function cloudRunAgent(projectNumber: string): string {
  return CLOUD_RUN_AGENT.email(projectNumber);
}

/** The address of a project's default compute service account, Cloud Run's runtime identity when none is named. */
export function defaultComputeAccount(projectNumber: string): string {
  return `${projectNumber}-compute@developer.gserviceaccount.com`;
}

/** Which agent of which project an address belongs to, if any. */
export function serviceAgentOf(email: string): { agent: ServiceAgent; projectNumber: string } | undefined {
  const number = /^(?:service-)?(\d+)@/.exec(email)?.[1];
  if (number === undefined) return undefined;
  const agent = SERVICE_AGENTS.find((candidate) => candidate.email(number) === email);
  return agent && { agent, projectNumber: number };
}

/**
 * The address of a user-managed service account. Projects with a domain (`example.com:proj`) turn it round there.
 * @param id what goes before the `@`
 */
export function serviceAccountEmail(id: string, projectId: string): string {
  const [domain, name] = projectId.split(':');
  return `${id}@${name === undefined ? projectId : `${name}.${domain}`}.iam.gserviceaccount.com`;
}

/** The project that a user-managed service account's address names, e.g. `p` of `a@p.iam.gserviceaccount.com`. */
export function projectOfServiceAccount(email: string): string | undefined {
  const match = /^[^@]+@([a-z][a-z0-9.-]*)\.iam\.gserviceaccount\.com$/.exec(email);
  return match?.[1];
}
