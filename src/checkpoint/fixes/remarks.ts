/** What no grant mends, and why: so that nobody takes the list of fixes for the whole of it. */
import { isDenial } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import type { Language } from '../catalogue.js';
import { messages } from '../messages.js';
import type { Evidence, JudgedRequirement, Judgement, Step } from '../types.js';
import { grantCommand } from './commands.js';
import { failedCondition, isOnItsWay, type Need, needOf } from './needs.js';
import { smallestRoleFor } from './smallest-role.js';

/**
 * - `unknown`: nothing is proposed for what is not known
 * - `denied`: a deny rule or a boundary; no role helps
 * - `condition`: a binding that would do has a condition that is not met
 * - `waiting`: granted already, and still propagating
 * - `missing`: an image, a secret, an account or a repository's host; no grant makes one
 * - `no-role`: no role can be found, or no custom role may hold the permission
 * - `group`: not a fault; the deployer has the rest by a group, which could have this too
 */
export type RemarkKind = 'unknown' | 'denied' | 'condition' | 'waiting' | 'missing' | 'no-role' | 'group';

export interface Remark {
  readonly kind: RemarkKind;
  /** The requirement's id. */
  readonly requirement: string;
  readonly principal?: string;
  readonly permission?: string;
  readonly resource?: ResourceName;
  /** What was found, for people in their own language. */
  readonly evidence: readonly Evidence[];
  /** A command that would help, and that only a person should decide on. */
  readonly gcloud?: string;
  /** The group that could have the grant instead. */
  readonly group?: string;
}

const evidenceOf = ({ finding, decision }: JudgedRequirement): Evidence[] => [
  ...(finding ? [finding] : []),
  ...(decision?.reasons ?? []),
];

function about(judged: JudgedRequirement): Omit<Remark, 'kind' | 'evidence'> {
  const { id, principal, permission, resource } = judged;
  return {
    requirement: id,
    ...(principal === undefined ? {} : { principal }),
    ...(permission === undefined ? {} : { permission }),
    ...(resource === undefined ? {} : { resource }),
  };
}

/** Only what keeps it from being known; a deny rule that may apply counts, bindings that do not grant do not. */
const CERTAIN: ReadonlySet<Evidence['kind']> = new Set(['no-binding', 'roles-lack-permission']);

function deniedRemark(judged: JudgedRequirement): Remark[] {
  const { decision, finding, principal, permission, grantOn } = judged;
  const denials = decision?.reasons.filter(isDenial) ?? [];
  if (denials.length > 0) return [{ ...about(judged), kind: 'denied', evidence: denials }];
  if (isOnItsWay(judged)) {
    const evidence = decision?.reasons.filter(({ kind }) => kind === 'propagating') ?? [];
    return [{ ...about(judged), kind: 'waiting', evidence }];
  }
  const condition = failedCondition(judged);
  if (condition) {
    const choice =
      permission && grantOn && principal ? smallestRoleFor([permission], grantOn, principal) : undefined;
    const command =
      choice && principal && grantOn
        ? { gcloud: grantCommand({ member: principal, role: choice.role, resource: grantOn }) }
        : {};
    return [{ ...about(judged), kind: 'condition', evidence: [condition], ...command }];
  }
  return finding ? [{ ...about(judged), kind: 'missing', evidence: [finding] }] : [];
}

/** The groups by which the deployer has other things. */
function groupsOf({ requirements }: Judgement, member: string): string[] {
  const groups = requirements
    .filter(({ principal, verdict }) => principal === member && verdict === 'granted')
    .flatMap(({ decision }) => decision?.reasons ?? [])
    .flatMap((reason) =>
      reason.kind === 'binding' && reason.grants && reason.member.startsWith('group:') ? [reason.member] : [],
    );
  return [...new Set(groups)];
}

function groupRemarks(judgement: Judgement): Remark[] {
  const needs = judgement.requirements.flatMap((judged) => needOf(judged).map((need) => ({ judged, need })));
  const first = needs.find(({ judged }) => judged.actor === 'deployer');
  if (!first) return [];
  return groupsOf(judgement, first.need.member).map((group) => ({
    kind: 'group',
    requirement: first.judged.id,
    principal: first.need.member,
    evidence: [],
    group,
  }));
}

/** What the steps leave as it is. @param unmet needs for which no role was found */
export function remarksOn(
  judgement: Judgement,
  steps: readonly Step[],
  unmet: readonly Need[] = [],
): Remark[] {
  const made = new Set(
    steps.flatMap((step) => {
      if (step.kind === 'create-account') return [`account ${step.email}`];
      return step.kind === 'enable-api' ? ['api-enabled', 'agent-exists'] : [step.kind];
    }),
  );
  const mended = ({ id, finding }: JudgedRequirement) =>
    made.has(id) ||
    (id === 'agent-exists' && made.has('create-agent')) ||
    (finding?.kind === 'account' && made.has(`account ${finding.email}`));
  const remarks = judgement.requirements.flatMap((judged): Remark[] => {
    if (judged.verdict === 'granted' || mended(judged)) return [];
    // That an image is missing says it all.
    if (judged.finding?.kind === 'no-manifest') return [];
    if (judged.verdict === 'denied') return deniedRemark(judged);
    const evidence = evidenceOf(judged).filter(({ kind }) => !CERTAIN.has(kind));
    return [{ ...about(judged), kind: 'unknown', evidence }];
  });
  const lacking = unmet.map(
    ({ requirement, member, permission, resource }): Remark => ({
      kind: 'no-role',
      requirement,
      principal: member,
      permission,
      resource,
      evidence: [],
    }),
  );
  return [...remarks, ...lacking, ...groupRemarks(judgement)];
}

/** Evidence as a sentence. */
export const evidenceText = (evidence: Evidence, language: Language): string =>
  messages[language].evidence(evidence);
