/** A source of facts as they will be once a plan is applied, laid over what is there before. */
import {
  ACCOUNT_TO_COME,
  type BoundaryFacts,
  computeAccountToCome,
  isStandIn,
  isUnknown,
  type Known,
  type ManifestFact,
  PROJECT_TO_COME,
  projectAwaited,
  type SecretFact,
  type Source,
  type Unknown,
} from '../../checkpoint/index.js';
import type { DenyRules } from '../../iam/index.js';
import {
  CLOUD_RUN_AGENT,
  cloudRunAgent,
  defaultComputeAccount,
  memberOf,
  projectOf,
  type ResourceName,
  repositoryOfImage,
  type SignedIn,
  serviceAgentOf,
  splitResource,
} from '../../names/index.js';
import type { TerraformPlan } from './plan.js';
import type { PlacedProject } from './planned-effects.js';
import { OpenParts, type PolicyContext, plannedPolicy } from './planned-policy.js';
import { enables, type Keep, type PlannedState, plannedState } from './planned-state.js';

export interface PlannedSourceOptions {
  /** Who applies the plan, as a member: the creator of a project becomes its owner. */
  readonly as?: string;
  /** Which changes count; all of them when left out. */
  readonly keep?: Keep;
}

const NO_BOUNDARIES: BoundaryFacts = { policies: [], bindings: [] };

/** What is above a project, of which a plan only says what it lies in. */
async function aboveOf({ parent }: PlacedProject, base: Source): Promise<Known<readonly ResourceName[]>> {
  if (parent === undefined || isUnknown(parent)) return parent ?? [];
  const above = await base.above(parent);
  return isUnknown(above) ? above : [parent, ...above];
}

const LATER: Unknown = { unknown: true, why: 'it is known only after apply' };

/**
 * The state after apply. What the plan does not touch is answered by the base; what is known only after apply is
 * unknown.
 */
export function plannedSource(base: Source, plan: TerraformPlan, options: PlannedSourceOptions = {}): Source {
  const state = plannedState(plan, options.keep);
  const open = new OpenParts();
  const context: PolicyContext = {
    state,
    open,
    creator: options.as,
    async number(project) {
      if (state.projects.has(project)) return undefined;
      const found = await base.project(project);
      return isUnknown(found) || found === 'absent' ? undefined : found.number;
    },
  };
  return {
    ...asBelow(base),
    name: `${plan.document.file} over ${base.name}`,
    ...identities(base, state, context),
    ...policies(base, context),
    ...contents(base, state),
    async project(id) {
      if (id.startsWith(PROJECT_TO_COME) && !state.projects.has(id)) return LATER;
      const planned = state.projects.get(id);
      if (planned === 'deleted') return 'absent';
      if (planned) return { projectId: id, above: await aboveOf(planned, base), active: true };
      const below = await base.project(id);
      if (isUnknown(below) || below === 'absent') return below;
      const moved = state.moved.get(below.projectId);
      return moved === undefined ? below : { ...below, above: await aboveOf(moved, base) };
    },
    async apiEnabled(project, api) {
      const planned = state.apis.get(`${project} ${api}`);
      if (planned !== undefined) return planned;
      const isNew = state.projects.has(project);
      const below = isNew ? false : await base.apiEnabled(project, api);
      const unclear = state.unclearApi();
      return below === false && unclear !== undefined
        ? { unknown: true, why: `${unclear} enables an API that is known only after apply` }
        : below;
    },
    async role(name) {
      const why = open.why(name);
      return why ?? state.roles.get(name) ?? base.role(name);
    },
  };
}

/** Every question of the interface, asked of the base: a class's methods are not copied by spreading it. */
function asBelow(base: Source): Source {
  return {
    name: base.name,
    ...(base.ownRoles && { ownRoles: true }),
    project: (id) => base.project(id),
    policy: (resource) => base.policy(resource),
    denyPolicies: (resource) => base.denyPolicies(resource),
    above: (container) => base.above(container),
    boundaries: (place) => base.boundaries(place),
    role: (name) => base.role(name),
    memberships: (principal, groups) => base.memberships(principal, groups),
    tags: (resource) => base.tags(resource),
    apiEnabled: (project, api) => base.apiEnabled(project, api),
    account: (email) => base.account(email),
    customers: (email) => base.customers(email),
    repository: (resource) => base.repository(resource),
    manifest: (image, platform) => base.manifest(image, platform),
    secret: (resource, version) => base.secret(resource, version),
    runResource: (resource) => base.runResource(resource),
  };
}

function policies(
  base: Source,
  context: PolicyContext,
): Pick<Source, 'policy' | 'denyPolicies' | 'boundaries' | 'tags'> {
  const { state } = context;
  const inNewProject = (resource: ResourceName) => {
    const [, project = ''] = /\/projects\/([^/]+)/.exec(resource) ?? [];
    return project.startsWith(PROJECT_TO_COME) || state.projects.has(project);
  };
  return {
    async policy(resource) {
      if (resource.includes(ACCOUNT_TO_COME) || resource.endsWith(`/${PROJECT_TO_COME}`)) return LATER;
      // What lies in a project that is not there yet has no policy but the plan's.
      const below = state.created.has(resource) ? 'absent' : inNewProject(resource) ? 'absent' : undefined;
      return plannedPolicy(resource, below ?? (await base.policy(resource)), context);
    },
    async denyPolicies(resource) {
      const below = inNewProject(resource) ? [] : await base.denyPolicies(resource);
      const unclear = state.unclearDenyPolicy();
      if (unclear !== undefined && state.created.has(resource)) {
        return { unknown: true, why: `${unclear}.parent is known only after apply` };
      }
      const planned = state.denyPolicies(resource);
      return planned === undefined || isUnknown(below) ? below : laidOver(below, planned);
    },
    async boundaries(project) {
      const changed = state.boundary();
      if (changed !== undefined)
        return { unknown: true, why: `${changed} changes principal access boundaries` };
      const planned = state.projects.get(project) ?? state.moved.get(project);
      if (planned === undefined) return base.boundaries(project);
      const above = planned === 'deleted' ? [] : await aboveOf(planned, base);
      const top = isUnknown(above) ? above : above.at(-1);
      if (isUnknown(top)) return top;
      return top === undefined ? NO_BOUNDARIES : base.boundaries(splitResource(top).path);
    },
    async tags(resource) {
      const changed = state.tag();
      if (changed !== undefined) return { unknown: true, why: `${changed} changes tags` };
      const project = projectOf(resource) ?? '';
      if (state.moved.has(project))
        return { unknown: true, why: `the plan moves project ${project}, which has tags by what it lies in` };
      const planned = state.projects.get(project);
      if (planned === undefined || planned === 'deleted')
        return inNewProject(resource) ? LATER : base.tags(resource);
      if (planned.tagged) return LATER;
      const { parent } = planned;
      if (parent === undefined || isUnknown(parent)) return parent ?? [];
      return base.tags(parent);
    },
  };
}

function laidOver(
  below: readonly DenyRules[],
  planned: ReadonlyMap<string, Known<DenyRules | 'absent'>>,
): Known<readonly DenyRules[]> {
  const kept = below.filter(({ id }) => !planned.has(id));
  const added: DenyRules[] = [];
  for (const rules of planned.values()) {
    if (isUnknown(rules)) return rules;
    if (rules !== 'absent') added.push(rules);
  }
  return [...kept, ...added];
}

function identities(
  base: Source,
  state: PlannedState,
  { open }: PolicyContext,
): Pick<Source, 'account' | 'memberships' | 'customers'> {
  return {
    async account(email) {
      if (email === ACCOUNT_TO_COME) return LATER;
      const planned = state.accounts.get(email);
      if (planned !== undefined) return planned;
      const awaited = projectAwaited(email);
      if (awaited !== undefined) return accountToCome(email, awaited, state);
      const below = await base.account(email);
      if (below === 'absent') return agentOfEnabledApi(email, base, state);
      const isDefault = /^\d+-compute@developer\./.test(email) && !isUnknown(below);
      return isDefault && state.withoutDefaultAccount.has(below.project)
        ? { ...below, disabled: true }
        : below;
    },
    customers: (email) => base.customers(email),
    async memberships(principal, groups) {
      const asked = groups.filter((group) => open.why(group) === undefined);
      const below =
        asked.length === 0 || isNobodyYet(principal)
          ? new Map(asked.map((group): [string, boolean] => [group, false]))
          : await base.memberships(principal, asked);
      const answers = groups.map((group): [string, Known<boolean>] => {
        const why = open.why(group);
        return [group, why ?? withPlanned(principal, group, below.get(group) ?? false, state)];
      });
      return new Map(answers);
    },
  };
}

/** An account of a project that has no number yet is in no group, unless the plan says so. */
function isNobodyYet(principal: SignedIn): boolean {
  return principal.kind === 'serviceAccount' && isStandIn(principal.email);
}

/** Agents and the default account come with the API (https://cloud.google.com/run/docs/securing/service-identity). */
function accountToCome(email: string, project: string, state: PlannedState) {
  const comesWithRun =
    email === cloudRunAgent(`number-of-${project}`) || email === computeAccountToCome(project);
  const isDefault = email === computeAccountToCome(project);
  if (!comesWithRun || !enables(state, project) || (isDefault && state.withoutDefaultAccount.has(project))) {
    return 'absent';
  }
  return { project, isAgent: !isDefault, disabled: false };
}

async function agentOfEnabledApi(email: string, base: Source, state: PlannedState) {
  const agent = serviceAgentOf(email);
  const [, compute] = /^(\d+)-compute@developer\.gserviceaccount\.com$/.exec(email) ?? [];
  const number = agent?.projectNumber ?? compute;
  if (number === undefined) return 'absent';
  const project = await base.project(number);
  if (isUnknown(project)) return project;
  if (project === 'absent') return 'absent';
  const api = agent?.agent.api ?? CLOUD_RUN_AGENT.api;
  const comes = agent ? agent.agent.createdOn === 'enable' : email === defaultComputeAccount(number);
  if (!comes || !enables(state, project.projectId, api)) return 'absent';
  return { project: project.projectId, isAgent: agent !== undefined, disabled: false };
}

function withPlanned(
  principal: SignedIn,
  group: string,
  below: Known<boolean>,
  state: PlannedState,
): Known<boolean> {
  const email = memberOf(principal).slice(memberOf(principal).indexOf(':') + 1);
  let answer = below;
  for (const { address, group: changed, member, removed } of state.memberships()) {
    const concerns =
      (changed === undefined || changed === group) && (member === undefined || member === email);
    if (!concerns) continue;
    const certain = changed !== undefined && member !== undefined;
    // Who leaves a group may still be in it through another one.
    if (removed ? answer !== false : !(answer === true || certain)) {
      answer = { unknown: true, why: `${address} changes who is in the group` };
    } else if (!removed) answer = true;
  }
  return answer;
}

function contents(
  base: Source,
  state: PlannedState,
): Pick<Source, 'repository' | 'manifest' | 'secret' | 'runResource'> {
  return {
    async repository(resource) {
      return state.repositories.get(resource) ?? base.repository(resource);
    },
    async manifest(image, platform): Promise<ManifestFact> {
      if (image.registry !== 'artifact-registry') return base.manifest(image, platform);
      const repository = repositoryOfImage(image);
      if (state.deleted.has(repository) || state.projects.get(image.project) === 'deleted') return 'missing';
      if (!state.created.has(repository) && !state.projects.has(image.project))
        return base.manifest(image, platform);
      return {
        unknown: true,
        why: `the plan creates repository ${image.repository}: what is pushed to it, and when, is not in the plan`,
      };
    },
    async secret(resource, version): Promise<SecretFact> {
      if (state.deleted.has(resource)) return 'missing';
      const planned = state.versions(resource);
      const isNew = state.created.has(resource);
      if (
        planned &&
        planned.made > 0 &&
        (version === 'latest' || (isNew && Number(version) <= planned.made))
      ) {
        return 'present';
      }
      if (isNew) return 'missing';
      const below = await base.secret(resource, version);
      if (planned === undefined || planned.gone.length === 0) return below;
      if (planned.gone.includes(version)) return 'missing';
      return version === 'latest' && below === 'present'
        ? { unknown: true, why: 'the plan destroys or disables versions of it' }
        : below;
    },
    async runResource(resource) {
      const planned = state.runResources.get(resource);
      const below = state.created.has(resource) ? 'absent' : await base.runResource(resource);
      return planned !== undefined && (planned === 'absent' || isUnknown(below) || below === 'absent')
        ? planned
        : below;
    },
  };
}
