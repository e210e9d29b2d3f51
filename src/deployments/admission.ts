/** Admission: what a deploy asks for, as the checkpoint's plan; the facts it is judged by, from stored policies. */
import type { AccessControl } from '../access/index.js';
import {
  type DeployPlan,
  type Facts,
  type ImageReadCheck,
  imagesToProbe,
  type Judgement,
  judge,
  questions,
  type SecretFact,
} from '../checkpoint/index.js';
import type { Decision } from '../iam/index.js';
import type { Accounts } from '../identity/index.js';
import {
  cloudRunAgent,
  memberOf,
  type Principal,
  parseImage,
  principalOfEmail,
  projectOf,
  projectOfServiceAccount,
  type ResourceName,
  type RunKind,
  secretName,
} from '../names/index.js';
import type { Puller } from '../registry/index.js';
import type { SecretAccess, SecretReader } from '../secrets/index.js';
import type { Write } from '../store/index.js';
import type { InstanceTemplate, ResourceKey } from './model.js';
import { secretParts, secretUses } from './secrets.js';

export interface AdmissionDependencies {
  readonly access: AccessControl;
  readonly accounts: Accounts;
  readonly puller: Puller;
  /** Reads secrets as the runtime service account. */
  readonly secrets: SecretReader;
  readonly imageReadCheck: ImageReadCheck;
  readonly platform: string;
}

/** What {@link planOf} cannot read off the template itself. */
export interface PlanContext {
  readonly kind: RunKind;
  readonly apiVersion: 'v1' | 'v2';
  readonly projectNumber: string;
  readonly deployer: Principal;
  readonly exists: boolean;
  readonly templateChanged: boolean;
  readonly publicAccess: boolean;
  readonly switchesInvokerCheck?: boolean;
  /** The runtime account's project, where the account exists; otherwise its address tells. */
  readonly runtimeProject?: string;
}

function secretResource(project: string, name: string): ResourceName {
  const parts = secretParts(name);
  return secretName(parts.project ?? project, parts.secret);
}

/** The plan of a deploy of this template. */
export function planOf(
  key: ResourceKey,
  template: Pick<InstanceTemplate, 'serviceAccount' | 'containers' | 'volumes'>,
  context: PlanContext,
): DeployPlan {
  const { serviceAccount, containers } = template;
  return {
    apiVersion: context.apiVersion,
    target: {
      kind: context.kind,
      name: key.name,
      project: key.project,
      projectNumber: context.projectNumber,
      location: key.location,
    },
    exists: context.exists,
    templateChanged: context.templateChanged,
    deployer: context.deployer,
    runtimeIdentity: {
      email: serviceAccount,
      project: context.runtimeProject ?? projectOfServiceAccount(serviceAccount) ?? key.project,
    },
    images: containers.map(({ image }) => parseImage(image)),
    secrets: secretUses(context.kind, template).map(({ name, version, field }) => ({
      resource: secretResource(key.project, name),
      field,
      version,
    })),
    publicAccess: context.publicAccess,
    switchesInvokerCheck: context.switchesInvokerCheck === true,
  };
}

const questionKey = (principal: Principal, permission: string, resource: ResourceName) =>
  `${memberOf(principal) ?? 'anonymous'} ${permission} ${resource}`;

export interface GatheredFacts {
  readonly facts: Facts;
  /** Fail the transaction when a policy that decided has changed meanwhile. */
  readonly preconditions: readonly Write[];
}

/**
 * Gathers from the plane what the plan's requirements ask.
 * @param probeImages whether to look for images and secrets themselves too, as pull and start would find them
 */
export async function gatherFacts(
  plan: DeployPlan,
  deps: AdmissionDependencies,
  time: Date,
  probeImages: boolean,
): Promise<GatheredFacts> {
  const asked = questions(plan);
  // Preconditions first: a policy written between the two reads then fails the commit instead of slipping by.
  const preconditions = await deps.access.preconditions([
    ...new Set(asked.map((question) => question.resource)),
  ]);
  const decisions = new Map<string, Decision>();
  for (const { principal, permission, resource } of asked) {
    decisions.set(
      questionKey(principal, permission, resource),
      await deps.access.decide(principal, permission, resource, time),
    );
  }
  const project = await deps.access.projects.get(plan.target.project);
  const agent = cloudRunAgent(plan.target.projectNumber ?? '');
  const accounts = new Map<string, boolean>();
  for (const email of [agent, plan.runtimeIdentity.email]) {
    const account = await deps.accounts.get(email);
    accounts.set(email, account !== undefined && !account.disabled);
  }
  const manifests = probeImages
    ? await probe(plan, deps, time)
    : new Map<string, ReturnType<Facts['manifest']>>();
  const secrets = await secretFacts(probeImages ? plan.secrets : [], plan, deps, time);
  return {
    preconditions,
    facts: {
      decide: (principal, permission, resource) =>
        decisions.get(questionKey(principal, permission, resource)) ?? { verdict: 'unknown', reasons: [] },
      apiEnabled: (_project, api) => project !== undefined && Object.hasOwn(project.services, api),
      accountExists: (email) => accounts.get(email) ?? { unknown: true, why: `${email} was not looked up` },
      secret: (resource, version) =>
        secrets.get(`${resource}/versions/${version}`) ?? { unknown: true, why: 'the start will tell' },
      manifest: (image) => manifests.get(image) ?? { unknown: true, why: 'the pull will tell' },
    },
  };
}

async function secretFacts(
  uses: DeployPlan['secrets'],
  { runtimeIdentity }: DeployPlan,
  { secrets }: AdmissionDependencies,
  time: Date,
): Promise<ReadonlyMap<string, SecretFact>> {
  const runtime = principalOfEmail(runtimeIdentity.email);
  const found = new Map<string, SecretFact>();
  for (const { resource, version } of uses) {
    const secret = resource.slice(resource.lastIndexOf('/') + 1);
    const read = await secrets.access(runtime, { project: projectOf(resource) ?? '', secret, version }, time);
    found.set(`${resource}/versions/${version}`, secretFact(read));
  }
  return found;
}

function secretFact(read: SecretAccess): SecretFact {
  if (read.ok) return 'present';
  if (read.cause === 'missing') return 'missing';
  return {
    unknown: true,
    why: 'the runtime service account cannot read the secret',
    cause: 'runtime-cannot-read',
  };
}

async function probe(
  plan: DeployPlan,
  deps: AdmissionDependencies,
  time: Date,
): Promise<Map<string, ReturnType<Facts['manifest']>>> {
  const found = new Map<string, ReturnType<Facts['manifest']>>();
  const agent = principalOfEmail(cloudRunAgent(plan.target.projectNumber ?? ''));
  for (const image of imagesToProbe(plan)) {
    // Docker Hub is outside: whether the image is there is known when it is pulled, not before.
    if (image.registry === 'docker-hub') continue;
    const result = await deps.puller.pull(image, agent, deps.platform, time);
    if (result.ok) found.set(image.text, 'present');
    else if (result.failure.kind === 'missing') found.set(image.text, 'missing');
    else if (result.failure.kind === 'platform')
      found.set(image.text, { wrongPlatform: result.failure.mediaType });
    else
      found.set(image.text, {
        unknown: true,
        why: 'the service agent cannot read the repository',
        cause: 'agent-cannot-read',
      });
  }
  return found;
}

/** Judges a deploy by the plane's facts: the gate before every write. */
export async function admit(
  plan: DeployPlan,
  deps: AdmissionDependencies,
  time: Date,
): Promise<{ judgement: Judgement; preconditions: readonly Write[] }> {
  const { facts, preconditions } = await gatherFacts(plan, deps, time, false);
  return { judgement: judge(plan, facts, { imageReadCheck: deps.imageReadCheck }), preconditions };
}
