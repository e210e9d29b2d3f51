/** Whether deny policies take a permission away, before anybody asks whether a role gives it. */
import type { SignedIn } from '../../names/index.js';
import { memberKey } from '../member-key.js';
import { principalSets } from '../principal-sets.js';
import type { Question, Reason } from '../types.js';
import { denyIdentifierOf } from './principals.js';
import type { CompiledDenyRule, CompiledPrincipals } from './types.js';

const EVERYBODY = 'principalSet://goog/public:all';

/** Is the principal on the list? `by` names the entry that covers them, or that may. */
export interface Coverage {
  readonly value: 'yes' | 'no' | 'perhaps';
  readonly by: string;
}

const NO: Coverage = { value: 'no', by: '' };

/**
 * False only when it is certain that no deny rule applies: nothing is granted that may be denied.
 * @param question with deny policies
 */
export function mayBeDenied(question: Question): boolean {
  for (const { policies } of question.deny ?? []) {
    if (policies === 'unreadable') return true;
    for (const rule of policies.rules.get(question.permission) ?? []) {
      if (effect(rule, question).value !== 'no') return true;
    }
  }
  return false;
}

/** A reason for every deny rule that applies, or may apply, nearest level first. */
export function denyReasons(question: Question): Reason[] {
  return (question.deny ?? []).flatMap(({ resource, policies }): Reason[] => {
    if (policies === 'unreadable') return [{ kind: 'unreadable-deny-policies', level: resource }];
    return (policies.rules.get(question.permission) ?? []).flatMap((rule): Reason[] => {
      const { value, by } = effect(rule, question);
      if (value === 'no') return [];
      const exempt = denyIdentifierOf(question.principal);
      const { policy, number, description, condition } = rule;
      return [
        {
          kind: 'deny-rule',
          level: resource,
          policy,
          rule: number,
          ...(description === undefined ? {} : { description }),
          principal: by,
          denies: value === 'yes',
          ...(exempt === undefined ? {} : { exempt }),
          ...(condition && { condition: { ...condition.source, ...condition.test.evaluate(question) } }),
        },
      ];
    });
  });
}

/** Does the rule deny its permission to the principal? Only a condition that is false keeps it from doing so. */
export function effect(rule: CompiledDenyRule, question: Question): Coverage {
  const denied = covers(rule.denied, question);
  if (denied.value === 'no') return NO;
  const excepted = covers(rule.exceptions, question);
  if (excepted.value === 'yes') return NO;
  if (rule.condition?.test.evaluate(question).value === 'false') return NO;
  return excepted.value === 'perhaps' ? { ...denied, value: 'perhaps' } : denied;
}

/** Is the question's principal on the list? */
export function covers(list: CompiledPrincipals, question: Question): Coverage {
  const { principal, groups, facts } = question;
  if (list.everybody) return { value: 'yes', by: EVERYBODY };
  if (principal.kind === 'anonymous') return NO;
  const by = entryOf(list, principal, question);
  if (by !== undefined) return { value: 'yes', by };
  const [perhaps] = [
    ...list.groups
      .filter((group) => !groups.isReadable(group))
      .flatMap((group) => list.members.get(group) ?? []),
    ...(facts === undefined && principal.kind === 'user' ? list.customers.values() : []),
    ...(facts === undefined && principal.kind === 'serviceAccount' ? list.serviceAccountSets : []),
  ];
  return perhaps === undefined ? NO : { value: 'perhaps', by: perhaps };
}

/** The entry that certainly covers somebody, as the policy spells it. */
function entryOf(list: CompiledPrincipals, principal: SignedIn, question: Question): string | undefined {
  const { groups, facts } = question;
  const member = memberKey(principal);
  const own = list.members.get(member);
  if (own !== undefined) return own;
  const sets = [
    ...(list.groups.length > 0 ? groups.groupsOf(member) : []),
    ...(list.hasSets ? principalSets(principal, facts) : []),
  ];
  for (const set of sets) {
    const by = list.members.get(set);
    if (by !== undefined) return by;
  }
  if (principal.kind !== 'user' || list.customers.size === 0) return undefined;
  return facts?.customers.flatMap((id) => list.customers.get(id) ?? [])[0];
}
