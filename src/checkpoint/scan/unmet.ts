/** From a message to the requirement that it says was not met: who needs which permission on what. */
import {
  ANONYMOUS,
  defaultComputeAccount,
  memberOf,
  parseImage,
  parsePrincipal,
  projectOf,
  projectOfServiceAccount,
  type RegistryImage,
  type ResourceName,
  repositoryName,
  repositoryOfImage,
  serviceAccountName,
} from '../../names/index.js';
import { type Need, needOf } from '../fixes/needs.js';
import { judge } from '../judge.js';
import { DOWNLOAD_ARTIFACTS } from '../refusals.js';
import type { DeployPlan, Facts } from '../types.js';
import type { ReadEntry } from './entry.js';
import type { Recognised } from './recognise.js';
import type { Outcome, ScanTarget, Unmet } from './types.js';

/** One message of one entry, understood. */
export interface Sighting {
  readonly id: Unmet;
  readonly outcome: Outcome;
  readonly target: ScanTarget;
  /** A member, where the entry names one. */
  readonly principal?: string;
  readonly permission: string;
  readonly resource?: ResourceName;
  readonly image?: string;
  readonly account?: string;
}

const RUN_API = 'run.googleapis.com';

/** @returns undefined where the message is not about a deploy of the entry's own target */
export function sightingOf(said: Recognised, entry: ReadEntry): Sighting | undefined {
  const { target, caller, api } = entry;
  if (!target) return undefined;
  const principal = caller && memberOf(caller);
  switch (said.says) {
    case 'user-warned':
    case 'user-must-read':
      // Only the entry of a call says who the user is.
      if (api === '') return undefined;
      return {
        id: 'deployer-reads-image',
        outcome: said.says === 'user-warned' ? 'warned' : 'refused',
        target,
        ...(principal !== undefined && { principal }),
        ...imageFacts(said.image),
      };
    case 'registry-denied':
      // Others who ask the registry are told the same.
      if (api !== RUN_API || caller === undefined) return undefined;
      return {
        id: 'deployer-reads-image',
        outcome: 'refused',
        target,
        principal: memberOf(caller),
        permission: DOWNLOAD_ARTIFACTS,
        resource: `//artifactregistry.googleapis.com/${said.repository}`,
      };
    case 'agent-must-read':
      return {
        id: 'agent-pulls-image',
        outcome: 'failed',
        target,
        ...agentFacts(said.agent),
        ...imageFacts(said.image),
      };
    case 'agent-cannot-mint':
      return {
        id: 'agent-mints-token',
        outcome: 'refused',
        target,
        ...agentFacts(said.agent),
        permission: 'iam.serviceAccounts.getAccessToken',
        resource: serviceAccountName(projectOfAccount(said.account, target, said.agent), said.account),
        account: said.account,
      };
  }
}

const agentFacts = (agent: string | undefined) =>
  agent === undefined ? {} : { principal: `serviceAccount:${agent}` };

function imageFacts(image: string): Pick<Sighting, 'permission' | 'resource' | 'image'> {
  const parsed = parseImage(image);
  const inRegistry = parsed.ok && parsed.image.registry === 'artifact-registry' ? parsed.image : undefined;
  return {
    permission: DOWNLOAD_ARTIFACTS,
    image,
    ...(inRegistry && { resource: repositoryOfImage(inRegistry) }),
  };
}

/** The number in an address such as `N-compute@developer.gserviceaccount.com`, or a service agent's. */
const numberIn = (email = '') => /^(?:service-)?(\d+)[@-]/.exec(email)?.[1];

/** A default account's address holds a number: its own project's, when the agent's address has the same. */
function projectOfAccount(account: string, { project }: ScanTarget, agent: string | undefined): string {
  const named =
    projectOfServiceAccount(account) ?? /^([^@]+)@appspot\.gserviceaccount\.com$/.exec(account)?.[1];
  if (named !== undefined) return named;
  const number = numberIn(account);
  if (number === undefined || account !== defaultComputeAccount(number)) return project;
  return agent !== undefined && numberIn(agent) !== number ? number : project;
}

/** What is needed to mend it, by the rules that checks judge by; nothing where it is not known who needs it, or on what. */
export function needsIn({
  id,
  target,
  principal,
  resource,
  account,
}: Omit<Sighting, 'outcome' | 'permission'>): readonly Need[] {
  const who = principal === undefined ? undefined : parsePrincipal(principal);
  if (!who || principal === undefined || resource === undefined) return [];
  const image = id === 'agent-mints-token' ? undefined : imageIn(resource);
  const number = who.kind === 'serviceAccount' ? numberIn(who.email) : undefined;
  const plan: DeployPlan = {
    apiVersion: 'v2',
    target: { ...target, ...(number !== undefined && { projectNumber: number }) },
    exists: true,
    templateChanged: true,
    deployer: id === 'deployer-reads-image' ? who : ANONYMOUS,
    runtimeIdentity: { email: account ?? '', project: projectOf(resource) ?? '' },
    images: image ? [{ ok: true, image }] : [],
    secrets: [],
    publicAccess: false,
  };
  const { requirements } = judge(plan, NOTHING_GRANTED, { imageReadCheck: 'enforce' });
  return requirements.filter((judged) => judged.id === id).flatMap(needOf);
}

/** All is there, and nobody may do anything: what a message says was missing, and what may be missing besides. */
const NOTHING_GRANTED: Facts = {
  decide: () => ({ verdict: 'denied', reasons: [] }),
  apiEnabled: () => true,
  accountExists: () => true,
  manifest: () => 'present',
  secret: () => 'present',
};

/** An image of the repository: any, for all of them need the same. */
function imageIn(repository: ResourceName): RegistryImage | undefined {
  const [, project, location, name] =
    /\/projects\/([^/]+)\/locations\/([^/]+)\/repositories\/([^/]+)$/.exec(repository) ?? [];
  if (project === undefined || location === undefined || name === undefined) return undefined;
  if (repositoryName(project, location, name) !== repository) return undefined;
  const host = `${location}-docker.pkg.dev`;
  const text = `${host}/${project}/${name}/image`;
  return { registry: 'artifact-registry', text, host, project, location, repository: name, image: 'image' };
}
