/** What each requirement and each fault is about, with the page of Google's that says so. */
import type { Fault } from '../report.js';
import { requirements } from '../requirements.js';

export interface RuleText {
  readonly id: string;
  /** In a few words. */
  readonly title: string;
  /** In a sentence or two. */
  readonly help: string;
  /** A page of Google's, or of Terraform's provider. */
  readonly uri: string;
}

type Text = readonly [title: string, help: string, uri: string];

const CROSS_PROJECT = 'https://cloud.google.com/run/docs/deploying#other-projects';
const DEPLOY_ROLES = 'https://cloud.google.com/run/docs/reference/iam/roles#additional-configuration';
const SECRETS = 'https://cloud.google.com/run/docs/configuring/services/secrets';
const IMAGES = 'https://cloud.google.com/run/docs/deploying#images';
const TERRAFORM_IAM =
  'https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_iam';

const REQUIREMENTS: Readonly<Record<string, Text>> = {
  'api-enabled': [
    'The Cloud Run API is enabled',
    'Nothing can be deployed in a project in which the Cloud Run API is not enabled. Enabling it creates the service agent as well.',
    'https://cloud.google.com/service-usage/docs/enable-disable',
  ],
  'image-host-supported': [
    'The image is in a supported registry',
    'Cloud Run takes images from Artifact Registry, from gcr.io as Artifact Registry serves it, and from Docker Hub.',
    IMAGES,
  ],
  'deployer-reads-resource': [
    'The deployer may read the resource',
    'Whoever deploys must be allowed to get the service, job or worker pool.',
    DEPLOY_ROLES,
  ],
  'deployer-deploys': [
    'The deployer may create or update the resource',
    'A new resource needs the permission to create it on the project, an existing one the permission to update it.',
    DEPLOY_ROLES,
  ],
  'deployer-switches-invoker-check': [
    'The deployer may switch the check of invokers',
    'Who may not set the policy of a service must not open it by turning the check of invokers off.',
    'https://cloud.google.com/run/docs/authenticating/public',
  ],
  'deployer-acts-as': [
    'The deployer may act as the runtime service account',
    'Whoever deploys must be allowed to act as the account that the containers run as: roles/iam.serviceAccountUser on that account is enough.',
    'https://cloud.google.com/iam/docs/attach-service-accounts#attaching-to-resources',
  ],
  'agent-exists': [
    'The service agent of Cloud Run exists',
    'The agent of the project that deploys is created when the Cloud Run API is enabled.',
    'https://cloud.google.com/iam/docs/service-agents',
  ],
  'agent-mints-token': [
    'The service agent may make tokens of the runtime service account',
    'The agent of the project that deploys makes access tokens of the runtime account; for an account in another project it needs roles/iam.serviceAccountTokenCreator there.',
    'https://cloud.google.com/iam/docs/attach-service-accounts#attaching-different-project',
  ],
  'deployer-reads-image': [
    'The deployer may read the image',
    'Whoever deploys must be allowed to read each image: roles/artifactregistry.reader on its repository is enough.',
    CROSS_PROJECT,
  ],
  'deployer-follows-operation': [
    'The deployer may follow the operation',
    'Clients ask how the operation ends; without the permission the deploy goes on, and its outcome is not seen.',
    DEPLOY_ROLES,
  ],
  'agent-pulls-image': [
    'The service agent may pull the image',
    'The service agent of the project that deploys pulls the image, so it needs roles/artifactregistry.reader on a repository in another project.',
    CROSS_PROJECT,
  ],
  'registry-agent-reads-upstream': [
    'The Artifact Registry agent may read what stands behind the repository',
    "A virtual or remote repository reads its upstreams, and the secrets that it signs in with, as the Artifact Registry service agent of the repository's own project.",
    'https://cloud.google.com/artifact-registry/docs/repositories/virtual-overview',
  ],
  'image-exists': ['The image is there', 'The tag or digest has to be in the repository.', IMAGES],
  'image-platform': [
    'The image runs on linux/amd64',
    'Cloud Run runs 64-bit x86 Linux: an image for another platform alone cannot be used.',
    'https://cloud.google.com/run/docs/container-contract#executables',
  ],
  'runtime-reads-secret': [
    'The runtime service account may read the secret',
    'Secrets are read as the runtime service account: roles/secretmanager.secretAccessor on each of them is enough.',
    SECRETS,
  ],
  'secret-exists': [
    'The version of the secret is there',
    'The version has to exist and be enabled when an instance starts.',
    SECRETS,
  ],
  'deployer-sets-invoker': [
    'The deployer may open the service to everybody',
    "--allow-unauthenticated sets the service's policy after the deploy, which takes the permission to set policies.",
    'https://cloud.google.com/run/docs/authenticating/public',
  ],
  'not-judged': [
    'What the checkpoint does not judge',
    'Something in the deploy is covered by no rule here, so whether it goes through is not known.',
    'https://cloud.google.com/run/docs/reference/iam/roles',
  ],
};

const FAULTS: Readonly<Record<Fault['id'], Text>> = {
  'no-edge': [
    'Nothing makes Terraform wait for the grant',
    'Without depends_on (or a reference) the deploy may run before the grant that it needs.',
    'https://developer.hashicorp.com/terraform/language/meta-arguments/depends_on',
  ],
  'agent-before-api': [
    'A grant to a service agent that is not there yet',
    'Service agents are created with their API: a binding made before it is enabled is refused.',
    'https://cloud.google.com/iam/docs/service-agents',
  ],
  'authoritative-policy': [
    'An authoritative policy drops a grant that is needed',
    "google_*_iam_policy and google_*_iam_binding replace what they do not name, service agents' grants included.",
    TERRAFORM_IAM,
  ],
  'not-known-until-apply': [
    'A value that is known only after apply',
    'What the plan does not know yet cannot be judged before it is applied.',
    'https://developer.hashicorp.com/terraform/internals/json-format',
  ],
};

const ruleText = ([id, [title, help, uri]]: [string, Text]): RuleText => ({ id, title, help, uri });

/** Every rule, those of requirements first, in the order in which Cloud Run asks. */
export const RULES: readonly RuleText[] = [
  ...requirements.map(({ id }) => ruleText([id, REQUIREMENTS[id] ?? fallback(id)])),
  ...Object.entries(FAULTS).map(ruleText),
];

/** Where a rule of another version of the checkpoint has no text here. */
function fallback(id: string): Text {
  return [id, `Cloud Run requires ${id}.`, 'https://cloud.google.com/run/docs/reference/iam/roles'];
}

/** The rule's text, and where it stands among RULES; -1 for one that they do not have. */
export function ruleOf(id: string): { readonly text: RuleText; readonly index: number } {
  const index = RULES.findIndex((rule) => rule.id === id);
  return { index, text: RULES[index] ?? ruleText([id, fallback(id)]) };
}
