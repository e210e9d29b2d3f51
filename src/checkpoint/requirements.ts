/**
 * Everything a deploy needs, in the order in which Cloud Run checks it. This file is the rule; everyone else
 * reads it.
 *
 * Who needs which permission: https://cloud.google.com/run/docs/reference/iam/roles ("Deployment permissions") and
 * https://cloud.google.com/run/docs/deploying#other-projects. Moments and effects are those that users observe.
 */
import {
  ARTIFACT_REGISTRY_AGENT,
  projectName,
  projectOf,
  type ResourceName,
  repositoryOfImage,
  runResourceName,
  serviceAccountName,
} from '../names/index.js';
import {
  accountExists,
  agentToComeExists,
  apiIsEnabled,
  hostIsSupported,
  imageExists,
  platformFits,
  secretExists,
} from './observations.js';
import {
  actAsDenied,
  agentAddress,
  agentCannotMint,
  agentCannotPull,
  apiDisabled,
  apiDisabledDetails,
  DOWNLOAD_ARTIFACTS,
  imageNotFound,
  imagePathExpected,
  pulledReference,
  RUN_API,
  runPermission,
  runPermissionDenied,
  type SecretReference,
  secretDenied,
  secretNotFound,
  spellResource,
  unsupportedPlatform,
  userCannotReadImage,
  userCannotReadImageWarning,
} from './refusals.js';
import { type Requirement, serviceAgentOf } from './rule.js';
import {
  forEachImage,
  forEachOpenPoint,
  forEachRegistryImage,
  forEachSecret,
  forEachUpstream,
  forEachWrittenImage,
  once,
} from './subjects.js';
import { imageField } from './template-fields.js';
import type { DeployPlan, SecretUse } from './types.js';

/** Minting is tried and images are read only for a new revision or job template. */
const newTemplate = (deploy: DeployPlan) => deploy.templateChanged;

const project = (deploy: DeployPlan): ResourceName => projectName(deploy.target.project);

const resource = ({ target }: DeployPlan): ResourceName =>
  runResourceName(target.kind, target.project, target.location, target.name);

/** What does not exist yet has no policy of its own: then the project decides, and is where to grant. */
const resourceOrProject = (deploy: DeployPlan): ResourceName =>
  deploy.exists ? resource(deploy) : project(deploy);

const runtimeAccount = ({ runtimeIdentity }: DeployPlan): ResourceName =>
  serviceAccountName(runtimeIdentity.project, runtimeIdentity.email);

const ownRuntimeAccount = (deploy: DeployPlan) => deploy.runtimeIdentity.project === deploy.target.project;

const can = (verb: string) => (deploy: DeployPlan) => runPermission(deploy.target.kind, verb);
const createOrUpdate = (deploy: DeployPlan) => can(deploy.exists ? 'update' : 'create')(deploy);

const cannotMint = ({ runtimeIdentity, target }: DeployPlan) =>
  agentCannotMint(runtimeIdentity.email, agentAddress(target.projectNumber));

/** The deploy's own project goes by its number in messages about secrets; of another one only the id is known. */
function referenceTo({ target }: DeployPlan, { resource: name, field, version }: SecretUse): SecretReference {
  const id = projectOf(name) ?? '';
  const number = id === target.project ? target.projectNumber : undefined;
  return { field, version, projectNumber: number ?? id, secret: name.slice(name.lastIndexOf('/') + 1) };
}

const UPSTREAM_PERMISSIONS = {
  virtual: 'artifactregistry.repositories.readViaVirtualRepository',
  remote: DOWNLOAD_ARTIFACTS,
  credentials: 'secretmanager.versions.access',
} as const;

export const requirements: readonly Requirement[] = [
  once({
    id: 'api-enabled',
    moment: 'admission',
    effect: 'refuses',
    holds: (deploy, _, facts) => apiIsEnabled(facts, deploy.target.project, RUN_API),
    status: 'PERMISSION_DENIED',
    refusal: ({ target }) => apiDisabled(target.projectNumber ?? target.project),
    details: ({ target }) => apiDisabledDetails(target.projectNumber ?? target.project),
  }),
  forEachWrittenImage({
    id: 'image-host-supported',
    moment: 'admission',
    effect: 'refuses',
    holds: (_, image) => hostIsSupported(image),
    status: 'INVALID_ARGUMENT',
    refusal: ({ target }, { index, text }) => `${imageField(target.kind, index)}: ${imagePathExpected(text)}`,
    violation: ({ target }, { index, text }) => ({
      field: imageField(target.kind, index),
      description: imagePathExpected(text),
    }),
  }),
  once({
    id: 'deployer-reads-resource',
    moment: 'admission',
    effect: 'refuses',
    who: 'deployer',
    permission: can('get'),
    on: resourceOrProject,
    status: 'PERMISSION_DENIED',
    refusal: (deploy) => runPermissionDenied(can('get')(deploy), spellResource(deploy)),
    smallestRole: () => 'roles/run.viewer',
  }),
  once({
    id: 'deployer-deploys',
    moment: 'admission',
    effect: 'refuses',
    who: 'deployer',
    permission: createOrUpdate,
    on: resourceOrProject,
    status: 'PERMISSION_DENIED',
    refusal: (deploy) => runPermissionDenied(createOrUpdate(deploy), spellResource(deploy)),
    smallestRole: () => 'roles/run.developer',
  }),
  once({
    // https://cloud.google.com/run/docs/authenticating/public: who may not set the policy must not open the service.
    id: 'deployer-switches-invoker-check',
    moment: 'admission',
    effect: 'refuses',
    when: ({ switchesInvokerCheck, target }) => switchesInvokerCheck === true && target.kind === 'service',
    who: 'deployer',
    permission: can('setIamPolicy'),
    on: resourceOrProject,
    status: 'PERMISSION_DENIED',
    refusal: (deploy) => runPermissionDenied(can('setIamPolicy')(deploy), spellResource(deploy)),
    smallestRole: () => 'roles/run.admin',
  }),
  once({
    id: 'deployer-acts-as',
    moment: 'admission',
    effect: 'refuses',
    who: 'deployer',
    permission: () => 'iam.serviceAccounts.actAs',
    on: runtimeAccount,
    account: ({ runtimeIdentity }) => runtimeIdentity.email,
    status: 'PERMISSION_DENIED',
    refusal: ({ runtimeIdentity }) => actAsDenied(runtimeIdentity.email),
    smallestRole: () => 'roles/iam.serviceAccountUser',
  }),
  once({
    id: 'agent-exists',
    moment: 'admission',
    effect: 'refuses',
    when: newTemplate,
    who: 'service-agent',
    holds: (deploy, _, facts) => {
      const agent = serviceAgentOf(deploy);
      return agent ? accountExists(facts, agent.email) : agentToComeExists(facts, deploy.target.project);
    },
    status: 'PERMISSION_DENIED',
    refusal: cannotMint,
  }),
  once({
    id: 'agent-mints-token',
    moment: 'admission',
    effect: 'refuses',
    when: newTemplate,
    who: 'service-agent',
    permission: () => 'iam.serviceAccounts.getAccessToken',
    on: runtimeAccount,
    status: 'PERMISSION_DENIED',
    refusal: cannotMint,
    // In its own project the agent has lost the role that it was given there; elsewhere it never had one.
    smallestRole: (deploy) =>
      ownRuntimeAccount(deploy) ? 'roles/run.serviceAgent' : 'roles/iam.serviceAccountTokenCreator',
    grantOn: (deploy) => (ownRuntimeAccount(deploy) ? project(deploy) : runtimeAccount(deploy)),
  }),
  forEachRegistryImage({
    id: 'deployer-reads-image',
    moment: 'admission',
    effect: 'refuses',
    softenedBy: { setting: 'imageReadCheck', warning: (_, image) => userCannotReadImageWarning(image) },
    when: newTemplate,
    who: 'deployer',
    permission: () => DOWNLOAD_ARTIFACTS,
    on: (_, image) => repositoryOfImage(image),
    status: 'PERMISSION_DENIED',
    refusal: ({ target }, image) => userCannotReadImage({ image, project: target.project }),
    smallestRole: () => 'roles/artifactregistry.reader',
  }),
  once({
    id: 'deployer-follows-operation',
    moment: 'admission',
    effect: 'warns',
    who: 'deployer',
    permission: () => 'run.operations.get',
    on: project,
    status: 'PERMISSION_DENIED',
    refusal: ({ target }) =>
      runPermissionDenied(
        'run.operations.get',
        `projects/${target.project}/locations/${target.location}/operations/OPERATION_ID`,
      ),
    smallestRole: () => 'roles/run.viewer',
  }),
  forEachRegistryImage({
    id: 'agent-pulls-image',
    moment: 'pull',
    effect: 'fails',
    when: newTemplate,
    who: 'service-agent',
    permission: () => DOWNLOAD_ARTIFACTS,
    on: (_, image) => repositoryOfImage(image),
    status: 'PERMISSION_DENIED',
    refusal: ({ target }, image) =>
      agentCannotPull({ image, project: target.project, agent: agentAddress(target.projectNumber) }),
    smallestRole: () => 'roles/artifactregistry.reader',
  }),
  forEachUpstream({
    // https://cloud.google.com/artifact-registry/docs/repositories/virtual-repo and
    // https://cloud.google.com/artifact-registry/docs/repositories/remote-repo: who pulls needs nothing upstream.
    id: 'registry-agent-reads-upstream',
    moment: 'pull',
    effect: 'fails',
    when: newTemplate,
    who: 'registry-agent',
    principal: (_, { projectNumber }) =>
      projectNumber === undefined
        ? undefined
        : { kind: 'serviceAccount', email: ARTIFACT_REGISTRY_AGENT.email(projectNumber) },
    permission: (_, { kind }) => UPSTREAM_PERMISSIONS[kind],
    on: (_, { resource: upstream }) => upstream,
    // What the repository in front cannot read it does not have.
    status: 'NOT_FOUND',
    refusal: (_, { image }) => imageNotFound(image),
    smallestRole: (_, { kind }) =>
      kind === 'credentials' ? 'roles/secretmanager.secretAccessor' : 'roles/artifactregistry.reader',
  }),
  forEachImage({
    id: 'image-exists',
    moment: 'pull',
    effect: 'fails',
    when: newTemplate,
    who: 'service-agent',
    holds: (_, image, facts) => imageExists(facts, image),
    status: 'NOT_FOUND',
    refusal: (_, image) => imageNotFound(pulledReference(image)),
  }),
  forEachImage({
    id: 'image-platform',
    moment: 'pull',
    effect: 'fails',
    when: newTemplate,
    who: 'service-agent',
    holds: (_, image, facts) => platformFits(facts, image),
    status: 'FAILED_PRECONDITION',
    refusal: () => unsupportedPlatform('application/vnd.oci.image.index.v1+json'),
  }),
  forEachSecret({
    id: 'runtime-reads-secret',
    moment: 'start',
    effect: 'fails',
    when: newTemplate,
    who: 'runtime-account',
    permission: () => 'secretmanager.versions.access',
    on: (_, secret) => secret.resource,
    status: 'FAILED_PRECONDITION',
    refusal: (deploy, secret) =>
      secretDenied({ ...referenceTo(deploy, secret), account: deploy.runtimeIdentity.email }),
    smallestRole: () => 'roles/secretmanager.secretAccessor',
  }),
  forEachSecret({
    id: 'secret-exists',
    moment: 'start',
    effect: 'fails',
    when: newTemplate,
    who: 'runtime-account',
    holds: (_, secret, facts) => secretExists(facts, secret),
    status: 'FAILED_PRECONDITION',
    refusal: (deploy, secret) => secretNotFound(referenceTo(deploy, secret)),
  }),
  once({
    id: 'deployer-sets-invoker',
    moment: 'after',
    effect: 'warns',
    when: ({ publicAccess, target }) => publicAccess && target.kind === 'service',
    who: 'deployer',
    permission: can('setIamPolicy'),
    on: resource,
    status: 'PERMISSION_DENIED',
    // setIamPolicy lives on the `projects/` paths in both versions of the API.
    refusal: (deploy) =>
      runPermissionDenied(can('setIamPolicy')(deploy), spellResource({ ...deploy, apiVersion: 'v2' })),
    smallestRole: () => 'roles/run.admin',
    grantOn: resourceOrProject,
  }),
  forEachOpenPoint({
    id: 'not-judged',
    moment: 'admission',
    effect: 'fails',
    holds: (_, point) => ({ verdict: 'unknown', finding: { kind: 'open', ...point } }),
    status: 'FAILED_PRECONDITION',
    refusal: () => '',
  }),
];
