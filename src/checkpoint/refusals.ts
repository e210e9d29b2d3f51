/**
 * The texts with which Cloud Run and its registry refuse or fail a deploy, as users and audit logs report them.
 * They are data: punctuation, double meanings and line breaks are Google's.
 */
import {
  CLOUD_RUN_AGENT,
  cloudRunAgent,
  type ImageReference,
  manifestReference,
  type RegistryImage,
  RUN_COLLECTION,
  type RunKind,
  registryPath,
  repositoryOfImage,
  splitResource,
} from '../names/index.js';
import { gap, sentence } from './sentence.js';
import type { DeployPlan, ErrorDetail } from './types.js';

export const DOWNLOAD_ARTIFACTS = 'artifactregistry.repositories.downloadArtifacts';
export const RUN_API = 'run.googleapis.com';

/** The sentences by which refusals are told apart in logs; the texts below are made of them. */
export const SENTENCES = {
  userWarned: sentence`User does not have access to image ${gap('image')}`,
  userMustRead: sentence`User must have permission to read the image, ${gap('image')}.`,
  agentMustRead: sentence`${CLOUD_RUN_AGENT.title} ${gap('agent')} must have permission to read the image, ${gap('image')}.`,
  /** As until about 2022: the agent goes without its address. */
  namelessAgentMustRead: sentence`${CLOUD_RUN_AGENT.title} must have permission to read the image, ${gap('image')}.`,
  agentCannotMint: sentence`${CLOUD_RUN_AGENT.title} does not have permission to get access tokens for the service account ${gap('account')}.`,
  agentToMint: sentence`Please give ${gap('agent')} permission iam.serviceAccounts.getAccessToken on the service account.`,
  /** The registry's own words, which v2 sometimes answers a deployer with and nothing else. */
  registryDenied: sentence`Permission "${DOWNLOAD_ARTIFACTS}" denied on resource "${gap('resource')}" (or it may not exist)`,
} as const;

/** What the registry answered to a refused pull: the manifest's URL and the JSON body, verbatim. */
export interface RegistryRefusal {
  readonly url: string;
  readonly body: string;
}

/** The answer that Artifact Registry gives to a caller without downloadArtifacts; double quotes are its own. */
export function registryRefusal(image: RegistryImage): RegistryRefusal {
  const resource = splitResource(repositoryOfImage(image)).path;
  const message = SENTENCES.registryDenied.say({ resource });
  return {
    url: `https://${image.host}/v2/${registryPath(image)}/manifests/${manifestReference(image)}`,
    body: JSON.stringify({ errors: [{ code: 'DENIED', message }] }),
  };
}

/** How v1 and v2 spell the resource that a refusal is about; worker pools are all lower case in v1's paths. */
export function spellResource(deploy: Pick<DeployPlan, 'apiVersion' | 'target'>): string {
  const { kind, name, project, location } = deploy.target;
  const collection = RUN_COLLECTION[kind];
  return deploy.apiVersion === 'v1'
    ? `namespaces/${project}/${collection.toLowerCase()}/${name}`
    : `projects/${project}/locations/${location}/${collection}/${name}`;
}

/** `run.services.get`, `run.jobs.create`, `run.workerpools.update`, …: permissions are all lower case. */
export function runPermission(kind: RunKind, verb: string): string {
  return `run.${RUN_COLLECTION[kind].toLowerCase()}.${verb}`;
}

/** No Cloud Run permission. `resource` is spelt as in spellResource(). */
export function runPermissionDenied(permission: string, resource: string): string {
  return `Permission '${permission}' denied on resource '${resource}' (or resource may not exist).`;
}

/** The deployer may not act as the runtime account. The lower-case `serviceaccounts` is Google's. */
export function actAsDenied(email: string): string {
  return `Permission 'iam.serviceaccounts.actAs' denied on service account ${email} (or it may not exist).`;
}

/** The service agent may not mint tokens for the runtime account, or is gone. */
export function agentCannotMint(runtimeAccount: string, agent: string): string {
  return (
    `${SENTENCES.agentCannotMint.say({ account: runtimeAccount })} ${SENTENCES.agentToMint.say({ agent })} ` +
    'Alternatively, if the service account is unspecified or in the same project you are deploying ' +
    'in, ensure that the Service Agent is assigned the Google Cloud Run Service Agent role roles/run.serviceAgent.'
  );
}

/** The agent's address; with a placeholder while the project has no number. */
export function agentAddress(projectNumber: string | undefined): string {
  return cloudRunAgent(projectNumber ?? 'PROJECT_NUMBER');
}

/** What both readers' refusals begin with. `account` is `User`, or the agent with its address, as `opening` has it. */
function mustReadImage(opening: string, account: string, image: RegistryImage, project: string): string {
  const foreign =
    `Note that the image is from project [${image.project}], which is not the same as this project ` +
    `[${project}]. Permission must be granted to the ${account} from this project. `;
  return (
    `${opening} Ensure that the provided container image URL is correct and that the above account has ` +
    'permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate. ' +
    `${image.project === project ? '' : foreign}` +
    'See https://cloud.google.com/run/docs/deploying#other-projects'
  );
}

/** An image that somebody may not read, on its way to `project`, with what the registry answered to the attempt. */
export interface UnreadableImage {
  readonly image: RegistryImage;
  readonly project: string;
  readonly answer?: RegistryRefusal;
}

/**
 * The deployer may not read the image: refused since 2025-01-15. The subject is literally `User`; the sentences
 * about the other project appear only when the image comes from one.
 */
export function userCannotReadImage({
  image,
  project,
  answer = registryRefusal(image),
}: UnreadableImage): string {
  const opening = SENTENCES.userMustRead.say({ image: image.text });
  return `${mustReadImage(opening, 'User', image, project)}\n Cause: 403 Forbidden\nGET ${answer.url}\n${answer.body}`;
}

/** What was logged, and nothing refused, between November 2024 and 2025-01-15. */
export function userCannotReadImageWarning(image: RegistryImage): string {
  return (
    'Cloud Run API check failed. Requests will be rejected after January 2025 hard enforcement deadline. ' +
    SENTENCES.userWarned.say({ image: image.text })
  );
}

/** The service agent may not pull: the deploy was accepted and then fails. All on one line, unlike the user's. */
export function agentCannotPull({
  agent,
  image,
  project,
  answer = registryRefusal(image),
}: UnreadableImage & { readonly agent: string }): string {
  const account = `${CLOUD_RUN_AGENT.title} ${agent}`;
  const opening = SENTENCES.agentMustRead.say({ agent, image: image.text });
  return `${mustReadImage(opening, account, image, project)} Cause: 403 Forbidden GET ${answer.url} ${answer.body}`;
}

/** The image as messages about its contents name it: Docker Hub's come from Google's mirror. */
export function pulledReference(image: ImageReference): string {
  if (image.registry === 'artifact-registry') return image.text;
  const tag = image.tag === undefined ? '' : `:${image.tag}`;
  const digest = image.digest === undefined ? '' : `@${image.digest}`;
  return `mirror.gcr.io/${image.image}${tag}${digest}`;
}

/** `reference` as in pulledReference(). */
export function imageNotFound(reference: string): string {
  return `Image '${reference}' not found.`;
}

/** No manifest of the image fits. `mediaType` is the manifest's own. */
export function unsupportedPlatform(mediaType: string): string {
  return `Container manifest type '${mediaType}' must support amd64/linux.`;
}

/** The description of a 400 about an image of an unsupported registry, or about no image at all. */
export function imagePathExpected(text: string): string {
  return (
    'Expected an image path like [host/]repo-path[:tag and/or @digest], where host is one of [region.]gcr.io, ' +
    `[region-]docker.pkg.dev or docker.io but obtained ${text}. To deploy container images from other public or ` +
    'private registries, set up an Artifact Registry remote repository. ' +
    'See https://cloud.google.com/artifact-registry/docs/repositories/remote-repo.'
  );
}

/** A secret as a revision refers to it. The project goes by its number where that is known, else by its id. */
export interface SecretReference {
  readonly field: string;
  readonly projectNumber: string;
  readonly secret: string;
  readonly version: string;
}

const secretVersion = ({ projectNumber, secret, version }: SecretReference) =>
  `projects/${projectNumber}/secrets/${secret}/versions/${version}`;

/** The runtime account may not read a secret. Several of these are joined by a space. */
export function secretDenied(reference: SecretReference & { readonly account: string }): string {
  return (
    `${reference.field}: Permission denied on secret: ${secretVersion(reference)} for Revision service account ` +
    `${reference.account}. The service account used must be granted the 'Secret Manager Secret Accessor' ` +
    'role (roles/secretmanager.secretAccessor) at the secret, project or higher level.'
  );
}

export function secretNotFound(reference: SecretReference): string {
  return `${reference.field}: Secret ${secretVersion(reference)} was not found`;
}

/** An API by its host and by the title with which its messages begin. */
export interface ApiTitle {
  readonly api: string;
  readonly title: string;
}

const CLOUD_RUN: ApiTitle = { api: RUN_API, title: 'Cloud Run Admin API' };

const activationUrl = (project: string, api: string) =>
  `https://console.developers.google.com/apis/api/${api}/overview?project=${project}`;

/** The API was never enabled. gcloud offers to enable it when a message ends just so. */
export function apiDisabled(project: string, { api, title }: ApiTitle = CLOUD_RUN): string {
  return (
    `${title} has not been used in project ${project} before or it is disabled. Enable it by visiting ` +
    `${activationUrl(project, api)} then retry. If you ` +
    'enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.'
  );
}

/** The details that go with apiDisabled(), as Google's APIs answer them. */
export function apiDisabledDetails(project: string, named: ApiTitle = CLOUD_RUN): readonly ErrorDetail[] {
  const url = activationUrl(project, named.api);
  return [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'SERVICE_DISABLED',
      domain: 'googleapis.com',
      metadata: {
        activationUrl: url,
        consumer: `projects/${project}`,
        containerInfo: project,
        service: named.api,
        serviceTitle: named.title,
      },
    },
    {
      '@type': 'type.googleapis.com/google.rpc.LocalizedMessage',
      locale: 'en-US',
      message: apiDisabled(project, named),
    },
    {
      '@type': 'type.googleapis.com/google.rpc.Help',
      links: [{ description: 'Google developers console API activation', url }],
    },
  ];
}
