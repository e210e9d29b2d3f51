/** Whether fixes are enough, and each of them needed: tried out, on throw-away planes that know what the check knew. */
import {
  type CheckOptions,
  type CheckRequest,
  checkDeployOn,
  type DeployPlan,
  failureMessage,
  isStandIn,
  isUnknown,
  type Judgement,
  PROJECT_TO_COME,
  projectAwaited,
  type Recorded,
  recorded,
  type Source,
  type Step,
  stepsFor,
  withSteps,
} from '../../checkpoint/index.js';
import { memberOf, parseImage, projectOfServiceAccount, workloadPoolParts } from '../../names/index.js';
import { attempt } from './attempt.js';
import { cannot } from './cannot.js';
import { estateOfFacts } from './estate-of-facts.js';
import { pushedImages } from './pushed-images.js';
import { onThrowAwayPlane } from './throw-away.js';

export interface Trial {
  /** The step that was left out; undefined for the trial with all of them. */
  readonly without?: Step;
  /** What the plane said, in Google's words; empty when the deploy went through. */
  readonly said: readonly string[];
  /** What the check foretells of this trial. */
  readonly foretold: readonly string[];
}

/** What a proof came to. */
export interface Proof {
  readonly enough: boolean;
  /** Left out where the steps are not enough: what fails anyhow shows nothing by failing without one of them. */
  readonly needed?: boolean;
  /** Everything that the plane said is what the check foretold, word for word. */
  readonly asForetold: boolean;
  /** With all steps first; if they are enough, then without each of them in turn. */
  readonly trials: readonly Trial[];
  /** Images that are missing, as they are written: the trials had others in their places. */
  readonly standIns: readonly string[];
}

export interface ProveOptions extends CheckOptions {
  readonly customRole?: boolean;
  /** Told before each trial, and how many there will be. */
  readonly onTrial?: (index: number, total: number) => void;
}

/** Where references to images that cannot be made again come from: their repository is what access is about. */
const PROOF_TAG = 'sekisho-proof';
/** As of a plane that is not told otherwise. */
const DEFAULT_PLATFORM = 'linux/amd64';
const ANY_IMAGE = 'us-docker.pkg.dev/cloudrun/container/hello';

/**
 * The deploy as a throw-away plane can make it: by the second version of the API, an image by tag where it was by
 * digest, the latest version of secrets. Who needs what is the same.
 */
function asTried(request: CheckRequest): CheckRequest {
  const images = request.images.map((text) => {
    const parsed = parseImage(text);
    if (!parsed.ok) return text;
    if (parsed.image.registry === 'docker-hub') return ANY_IMAGE;
    return parsed.image.digest === undefined ? text : `${text.replace(/(?::[^/:@]*)?@.*$/, '')}:${PROOF_TAG}`;
  });
  const secrets = (request.secrets ?? []).map((secret) => ({ ...secret, version: 'latest' }));
  return { ...request, apiVersion: 'v2', images, secrets };
}

/**
 * What is asked under another name in the trial is answered as it was under its own. Whether an image is there is
 * nothing that a grant decides: where it is missing, or that is not known, it is taken to be. So is a secret of which
 * nothing is known.
 */
function standingIn(source: Source): Source {
  return {
    ...source,
    async manifest(image, platform) {
      if (image.tag === PROOF_TAG || image.text === ANY_IMAGE) return 'present';
      const found = await source.manifest(image, platform);
      return isUnknown(found) || found === 'missing' ? 'present' : found;
    },
    async secret(resource, version) {
      const found = await source.secret(resource, version);
      return isUnknown(found) ? 'present' : found;
    },
    policy: async (resource) => {
      const policy = await source.policy(resource);
      if (!resource.includes('/projects/cloudrun/')) return policy;
      const everybody = { role: 'roles/artifactregistry.reader', members: ['allUsers'] };
      return { version: 1, etag: '', bindings: [everybody] };
    },
  };
}

/** The images of a deploy that are not there, whatever is granted. */
async function missingOf(
  { images }: CheckRequest,
  source: Source,
  { platform }: CheckOptions,
): Promise<string[]> {
  const missing = await Promise.all(
    [...new Set(images)].map(async (text) => {
      const parsed = parseImage(text);
      if (!parsed.ok) return [];
      return (await source.manifest(parsed.image, platform ?? DEFAULT_PLATFORM)) === 'missing' ? [text] : [];
    }),
  );
  return missing.flat();
}

/** The refusal, or the failure, or else the warnings: what a deploy would say. */
function sayings(judgement: Judgement): string[] {
  const { refusal, warnings } = judgement;
  const first = refusal?.message ?? failureMessage(judgement);
  const warned = warnings.flatMap(({ message }) => message ?? []);
  return refusal && first !== undefined ? [first] : [...(first === undefined ? [] : [first]), ...warned];
}

/**
 * Tries the fixes of a deploy: with all of them it has to go through, and without any one of them not.
 * @throws CannotProve when not everything about the deploy is known, or the world cannot be built again
 */
export async function prove(request: CheckRequest, source: Source, options: ProveOptions): Promise<Proof> {
  const tried = asTried(request);
  const { source: asked, record } = recorded(standingIn(source));
  const { plan, judgement } = await checkDeployOn(tried, asked, options);
  const { steps, unmet } = stepsFor(judgement, plan, options);
  const mended = await checkDeployOn(tried, withSteps(asked, steps), options);
  addressesKnown(plan, mended.judgement, record);
  const open = mended.judgement.requirements.filter(({ verdict }) => verdict === 'unknown');
  if (open.length > 0) cannot('unknown', [...new Set(open.map(({ id }) => id))].join(', '));
  if (plan.deployer.kind === 'anonymous') cannot('deployer');
  if (unmet.length > 0) cannot('unknown', unmet.map(({ permission }) => permission).join(', '));
  await nameDeployer(memberOf(plan.deployer), record, asked);

  const wanted = ['grant', 'enable-api', 'create-account'];
  const left = steps.filter(({ kind }) => wanted.includes(kind));
  const total = left.length + 1;
  const trying = (index: number, without?: Step) => {
    options.onTrial?.(index, total);
    return trial(tried, asked, record, { steps, without, exists: plan.exists }, options);
  };
  const all = await trying(1);
  const enough = all.said.length === 0;
  const rest: Trial[] = [];
  for (const [index, without] of enough ? left.entries() : []) rest.push(await trying(index + 2, without));
  const trials = [all, ...rest];
  return {
    enough,
    ...(enough ? { needed: rest.every(({ said }) => said.length > 0) } : {}),
    asForetold: trials.every(({ said, foretold }) => isForetold(said, foretold)),
    trials,
    standIns: await missingOf(request, source, options),
  };
}

/** Whoever is to be created by a plan has no address yet, and grants to an address that nobody has prove nothing. */
function addressesKnown(
  { runtimeIdentity }: DeployPlan,
  { requirements }: Judgement,
  { projects }: Recorded,
): void {
  for (const name of [runtimeIdentity.email, ...requirements.flatMap(({ principal }) => principal ?? [])]) {
    const email = name.replace(/^serviceAccount:/, '');
    const project = projectAwaited(email);
    // A project that may not be looked at has a number, which is not known.
    if (project !== undefined && !isUnknown(projects.get(project))) cannot('to-come', project);
    if (project === undefined && isStandIn(email)) cannot('to-come', PROJECT_TO_COME);
  }
}

/** A service account that deploys has to be there, though nobody asked, and so has an identity's pool. */
async function nameDeployer(member: string, { accounts }: Recorded, source: Source): Promise<void> {
  const pool = workloadPoolParts(member);
  if (pool !== undefined) await source.project(pool.projectNumber);
  const email = /^serviceAccount:(.+)$/.exec(member)?.[1];
  if (email === undefined || accounts.has(email)) return;
  const project = projectOfServiceAccount(email);
  const account = await source.account(email);
  if (account === 'absent') cannot('deployer', email);
  if (project !== undefined) await source.project(project);
}

interface TrialOf {
  readonly steps: readonly Step[];
  readonly without: Step | undefined;
  readonly exists: boolean;
}

async function trial(
  request: CheckRequest,
  source: Source,
  record: Recorded,
  { steps, without, exists }: TrialOf,
  options: ProveOptions,
): Promise<Trial> {
  const done = steps.filter((step) => step !== without);
  const { source: then, record: facts } = recorded(withSteps(source, done));
  const checked = await checkDeployOn(request, then, options);
  for (const [email, account] of record.accounts) {
    if (!facts.accounts.has(email)) await then.account(email);
    const project = typeof account === 'object' && 'project' in account ? account.project : undefined;
    if (project !== undefined && !facts.projects.has(project)) await then.project(project);
  }
  await nameDeployer(request.as, facts, then);
  const { requirements } = checked.judgement;
  const members = new Set(requirements.flatMap(({ principal }) => principal ?? []));
  const estate = estateOfFacts({ record: facts, members, requirements });
  const world = {
    estate,
    images: pushedImages(
      [...new Set(request.images)].filter((image) => facts.manifests.get(image) === 'present'),
      facts,
    ),
    imageReadCheck: options.imageReadCheck ?? 'enforce',
    platform: options.platform ?? DEFAULT_PLATFORM,
    time: options.time,
  } as const;
  const { messages } = await onThrowAwayPlane(world, (plane) => attempt(plane, request, exists));
  return { ...(without ? { without } : {}), said: messages, foretold: sayings(checked.judgement) };
}

/** Operations have names that nobody can foretell. */
const OPERATION = /operations\/[^\s']+/g;
const comparable = (texts: readonly string[]): string =>
  texts.map((text) => text.replace(OPERATION, 'operations/OPERATION_ID')).join('\n');

/** What the deploy's own calls say comes in the order in which they are made. */
function isForetold(said: readonly string[], foretold: readonly string[]): boolean {
  return comparable([...said].sort()) === comparable([...foretold].sort());
}
