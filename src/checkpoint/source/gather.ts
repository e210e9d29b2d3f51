/** Gathers from a source what judging a deploy will ask, all of it at once: judging itself stays pure. */
import {
  type Decision,
  decide,
  type GroupDirectory,
  isGranted,
  type PrincipalFacts,
  type Question,
  type Reason,
  UNKNOWN_ABOVE,
} from '../../iam/index.js';
import { memberOf, type Principal, projectOf, type ResourceName } from '../../names/index.js';
import { type AccessQuestion, imagesToProbe, questions } from '../plan.js';
import { RUN_API } from '../refusals.js';
import { isUnknown, serviceAgentOf } from '../rule.js';
import { agentToCome } from '../stand-ins.js';
import type { DeployPlan, Facts, ManifestFact, SecretFact } from '../types.js';
import { aboveKey, LevelReader, type Levels, type Whys } from './levels.js';
import { inCustomers, inProject, NOWHERE, projectOfPool } from './principal-facts.js';
import type { Known, Source } from './types.js';

export interface GatherOptions {
  /** Conditions are evaluated at this time. */
  readonly time: Date;
  /** Images must run on it, e.g. `linux/amd64`. */
  readonly platform: string;
}

const keyOf = (principal: Principal, permission: string, resource: ResourceName) =>
  `${memberOf(principal) ?? 'anonymous'} ${permission} ${resource}`;

/** Reads what the plan's requirements ask: as much as possible at the same time, each thing once. */
export async function gatherFactsFrom(
  source: Source,
  plan: DeployPlan,
  options: GatherOptions,
): Promise<Facts> {
  const reader = new LevelReader(source);
  const [decisions, enabled, accounts, manifests, secrets] = await Promise.all([
    decisionsOn(questions(plan), source, reader, options),
    source.apiEnabled(plan.target.project, RUN_API),
    accountFacts(plan, source),
    manifestFacts(plan, source, options.platform),
    secretFacts(plan, source),
  ]);
  return {
    decide: (principal, permission, resource) =>
      decisions.get(keyOf(principal, permission, resource))?.decision ?? { verdict: 'unknown', reasons: [] },
    question: (principal, permission, resource) =>
      decisions.get(keyOf(principal, permission, resource))?.question,
    apiEnabled: () => enabled,
    accountExists: (email) => accounts.get(email) ?? { unknown: true, why: `${email} was not looked up` },
    manifest: (image) => manifests.get(image) ?? { unknown: true, why: `${image} was not looked for` },
    secret: (resource, version) =>
      secrets.get(`${resource} ${version}`) ?? { unknown: true, why: `${resource} was not looked for` },
  };
}

interface Decided {
  readonly question: Question;
  readonly decision: Decision;
}

async function decisionsOn(
  asked: readonly AccessQuestion[],
  source: Source,
  reader: LevelReader,
  { time }: GatherOptions,
): Promise<Map<string, Decided>> {
  const decided = await Promise.all(
    asked.map(async ({ principal, permission, resource }): Promise<[string, Decided]> => {
      const levels = await reader.of(resource);
      const question = await questionOf(
        { principal, permission, resource },
        levels,
        source,
        reader.whys,
        time,
      );
      const decision = explained(decide(question), resource, reader.whys);
      return [keyOf(principal, permission, resource), { question, decision }];
    }),
  );
  return new Map(decided);
}

async function questionOf(
  { principal, permission }: AccessQuestion,
  { resource, projectNumber, levels, deny, boundaries, tags, asksFacts }: Levels,
  source: Source,
  whys: Whys,
  time: Date,
): Promise<Question> {
  const facts = asksFacts || boundaries !== undefined ? await principalFacts(principal, source) : undefined;
  const question: Question = {
    principal,
    permission,
    resource,
    levels,
    groups: NO_GROUPS,
    time,
    ...(tags === undefined ? {} : { tags }),
    ...(deny.length > 0 ? { deny } : {}),
    ...(facts === undefined ? {} : { facts }),
    ...(boundaries === undefined ? {} : { boundaries }),
    ...(projectNumber === undefined ? {} : { projectNumber }),
  };
  const groups = groupsThatMatter(question);
  // Whoever is granted it without a group needs none, unless a rule might take it away.
  if (principal.kind === 'anonymous' || groups.length === 0) return question;
  if (deny.length === 0 && isGranted(question)) return question;
  const memberships = await source.memberships(principal, groups);
  return { ...question, groups: directoryOf(memberships, whys) };
}

const NO_GROUPS: GroupDirectory = { groupsOf: () => [], isReadable: () => true };

/** The groups whose members could make a difference to this question. */
function groupsThatMatter({ levels, deny = [], permission }: Question): string[] {
  const granted = levels.flatMap(({ policy }) =>
    policy === 'unreadable'
      ? []
      : policy.groups.filter((group) =>
          policy.grants.get(group)?.some(({ permissions }) => permissions?.has(permission) !== false),
        ),
  );
  const denied = deny.flatMap(({ policies }) =>
    policies === 'unreadable'
      ? []
      : (policies.rules.get(permission) ?? []).flatMap((rule) => [
          ...rule.denied.groups,
          ...rule.exceptions.groups,
        ]),
  );
  return [...new Set([...granted, ...denied])];
}

function directoryOf(memberships: ReadonlyMap<string, Known<boolean>>, whys: Whys): GroupDirectory {
  const groups: string[] = [];
  const unreadable = new Set<string>();
  for (const [group, member] of memberships) {
    if (isUnknown(member)) {
      unreadable.add(group);
      whys.set(group, member.why);
    } else if (member) groups.push(group);
  }
  return { groupsOf: () => groups, isReadable: (group) => !unreadable.has(group) };
}

/** Where a principal belongs, for sets of accounts; undefined when the source cannot tell. */
async function principalFacts(principal: Principal, source: Source): Promise<PrincipalFacts | undefined> {
  switch (principal.kind) {
    case 'anonymous':
      return NOWHERE;
    case 'user':
      return inCustomers(await source.customers(principal.email));
    case 'federated': {
      const number = projectOfPool(principal);
      return number === undefined ? NOWHERE : inProject(await source.project(number), false);
    }
    case 'serviceAccount': {
      const account = await source.account(principal.email);
      if (isUnknown(account) || account === 'absent') return undefined;
      return inProject(await source.project(account.project), account.isAgent);
    }
  }
}

/** The reasons, with why what could not be read could not. */
function explained(decision: Decision, resource: ResourceName, whys: Whys): Decision {
  return { ...decision, reasons: decision.reasons.map((reason) => withWhy(reason, resource, whys)) };
}

function withWhy(reason: Reason, resource: ResourceName, whys: Whys): Reason {
  const why = whys.get(whyKey(reason, resource) ?? '');
  return why === undefined ? reason : ({ ...reason, why } as Reason);
}

function whyKey(reason: Reason, resource: ResourceName): string | undefined {
  switch (reason.kind) {
    case 'unreadable-policy':
      return reason.level === UNKNOWN_ABOVE ? aboveKey(resource) : reason.level;
    case 'unreadable-deny-policies':
      return reason.level === UNKNOWN_ABOVE ? aboveKey(resource) : `deny ${reason.level}`;
    case 'unreadable-boundaries':
      return `boundaries ${projectOf(resource) ?? ''}`;
    case 'unreadable-group':
      return reason.member;
    case 'unknown-role':
      return reason.role;
    default:
      return undefined;
  }
}

async function accountFacts(plan: DeployPlan, source: Source): Promise<Map<string, Known<boolean>>> {
  const agent = serviceAgentOf(plan) ?? agentToCome(plan.target.project);
  const emails = [agent.email, plan.runtimeIdentity.email];
  const found = await Promise.all(
    emails.map(async (email): Promise<[string, Known<boolean>]> => {
      const account = await source.account(email);
      if (isUnknown(account)) return [email, account];
      return [email, account !== 'absent' && !account.disabled];
    }),
  );
  return new Map(found);
}

async function manifestFacts(
  plan: DeployPlan,
  source: Source,
  platform: string,
): Promise<Map<string, ManifestFact>> {
  const images = imagesToProbe(plan);
  const found = await Promise.all(
    images.map(
      async (image): Promise<[string, ManifestFact]> => [image.text, await source.manifest(image, platform)],
    ),
  );
  return new Map(found);
}

async function secretFacts(plan: DeployPlan, source: Source): Promise<Map<string, SecretFact>> {
  const found = await Promise.all(
    plan.secrets.map(
      async ({ resource, version }): Promise<[string, SecretFact]> => [
        `${resource} ${version}`,
        await source.secret(resource, version),
      ],
    ),
  );
  return new Map(found);
}

/** Answers single questions, without a deploy that asks them; in their order. */
export async function decisionsFrom(
  source: Source,
  asked: readonly AccessQuestion[],
  { time }: Pick<GatherOptions, 'time'>,
): Promise<readonly Decision[]> {
  const decided = await decisionsOn(asked, source, new LevelReader(source), { time, platform: '' });
  return asked.map(
    ({ principal, permission, resource }) =>
      decided.get(keyOf(principal, permission, resource))?.decision ?? { verdict: 'unknown', reasons: [] },
  );
}
