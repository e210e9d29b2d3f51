/** What the rules of each deny policy come to. */
import { compileCondition } from '../conditions/condition.js';
import { compilePrincipals } from '../deny/compile.js';
import { covers, effect } from '../deny/decide.js';
import { deniedBy, parseDenyPermission } from '../deny/permissions.js';
import { deniablePermissions } from '../deny/supported.js';
import type {
  CompiledDenyPolicies,
  CompiledDenyRule,
  DenyLevel,
  DenyRule,
  DenyRules,
} from '../deny/types.js';
import type { Question } from '../types.js';
import { conditionExplanation } from './allow.js';
import { annotated, denyState, matchOf, membershipOf } from './states.js';
import type {
  Annotated,
  DenyExplanation,
  DenyPolicyExplanation,
  DenyResourceExplanation,
  DenyRuleExplanation,
  DenyState,
  Match,
  Membership,
} from './types.js';

/** Every rule of every deny policy that is attached to the resource's levels. */
export function explainDeny(question: Question): Omit<DenyExplanation, 'relevance'> {
  const found = (question.deny ?? []).map((level) => explainLevel(level, question));
  const state = denyState(found.map((level) => level.state));
  const resources = found.map(
    (level): DenyResourceExplanation =>
      level.kind === 'unreadable' ? level : { ...level, ...annotated(level.state, level.state === state) },
  );
  return { state, resources, deniable: deniablePermissions.has(question.permission) };
}

type Level =
  | Extract<DenyResourceExplanation, { kind: 'unreadable' }>
  | Omit<Extract<DenyResourceExplanation, { kind: 'readable' }>, 'relevance'>;

function explainLevel({ resource, policies }: DenyLevel, question: Question): Level {
  if (policies === 'unreadable') return { kind: 'unreadable', resource, state: 'unknown-info' };
  const found = policies.source.map((policy) => explainPolicy(policy, policies, question));
  const state = denyState(found.map((policy) => policy.state));
  const marked = found.map(
    (policy): DenyPolicyExplanation => ({
      ...policy,
      ...annotated(policy.state, policy.state === state),
    }),
  );
  return { kind: 'readable', resource, state, policies: marked };
}

function explainPolicy(
  policy: DenyRules,
  compiled: CompiledDenyPolicies,
  question: Question,
): Omit<DenyPolicyExplanation, 'relevance'> {
  const found = policy.rules.map((rule, index) => explainRule(rule, index, policy, compiled, question));
  const state = denyState(found.map((rule) => rule.state));
  const rules = found.map(
    (rule): DenyRuleExplanation => ({
      ...rule,
      ...annotated(rule.state, rule.state === state),
    }),
  );
  return { policy, state, rules };
}

function explainRule(
  rule: DenyRule,
  index: number,
  policy: DenyRules,
  { rules }: CompiledDenyPolicies,
  question: Question,
): Omit<DenyRuleExplanation, 'relevance'> {
  const ofPermission = rules.get(question.permission) ?? [];
  const compiled = ofPermission.find((each) => each.policy === policy.id && each.number === index + 1);
  const value = compiled === undefined ? 'no' : effect(compiled, question).value;
  const state: DenyState = value === 'yes' ? 'denied' : value === 'no' ? 'not-denied' : 'unknown-info';
  // What is denied matters where it is not as it must be for the rule to deny, and so do exceptions.
  const denied = mattering(state, { denied: 'matched', 'not-denied': 'not-matched' });
  const exception = mattering(state, { 'not-denied': 'matched' });
  const permission = (text: string) => matchPermission(text, question);
  const principal = (text: string) => matchPrincipal(text, question);
  const permissions = together(rule.deniedPermissions, permission, matchOf, denied);
  const exceptPermissions = together(rule.exceptionPermissions, permission, matchOf, exception);
  const principals = together(rule.deniedPrincipals, principal, membershipOf, denied);
  const exceptPrincipals = together(rule.exceptionPrincipals, principal, membershipOf, exception);
  const condition = conditionOf(rule, compiled, question);
  return {
    rule,
    state,
    deniedPermissions: permissions.each,
    deniedPermission: permissions.all,
    exceptionPermissions: exceptPermissions.each,
    exceptionPermission: exceptPermissions.all,
    deniedPrincipals: principals.each,
    deniedPrincipal: principals.all,
    exceptionPrincipals: exceptPrincipals.each,
    exceptionPrincipal: exceptPrincipals.all,
    ...(condition ? { condition } : {}),
  };
}

/** Which values, by the rule's state, make it what it is; where that is not known, those that are not known. */
type Deciding<T> = Partial<Record<DenyState, T>>;
const mattering =
  (state: DenyState, deciding: Deciding<Match>) =>
  (value: Membership): boolean =>
    value === (deciding[state] ?? (state === 'unknown-info' ? state : undefined));

/** Each entry of a list, and what the list comes to. */
function together<T extends Membership>(
  texts: readonly string[],
  matchOne: (text: string) => T,
  combine: (values: readonly T[]) => T,
  matters: (value: Membership) => boolean,
): { readonly each: ReadonlyMap<string, Annotated<T>>; readonly all: Annotated<T> } {
  const values = new Map(texts.map((text) => [text, matchOne(text)]));
  const mark = (value: T) => annotated(value, matters(value));
  return {
    each: new Map([...values].map(([text, value]) => [text, mark(value)])),
    all: mark(combine([...values.values()])),
  };
}

function matchPermission(text: string, { permission }: Question): Match {
  const parsed = parseDenyPermission(text);
  return parsed !== undefined && deniedBy(parsed).includes(permission) ? 'matched' : 'not-matched';
}

function matchPrincipal(identifier: string, question: Question): Membership {
  const { value } = covers(compilePrincipals([identifier]), question);
  return value === 'yes' ? 'matched' : value === 'no' ? 'not-matched' : 'unknown-info';
}

/** A rule about other permissions has a condition all the same. */
function conditionOf(rule: DenyRule, compiled: CompiledDenyRule | undefined, question: Question) {
  const { denialCondition: source } = rule;
  const ready = source && { source, test: compileCondition(source.expression) };
  return conditionExplanation(compiled?.condition ?? ready, question);
}
