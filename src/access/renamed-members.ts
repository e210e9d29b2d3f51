/** One member's name for another in every stored policy and group: a deleted service account's, and a restored one's. */
import { denyIdentifier, type Policy } from '../iam/index.js';
import { normalizeMember } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { editAtOnce } from './at-once.js';
import { newPolicy } from './bindings.js';
import { DENY_POLICIES, type DenyPoliciesRow, principalsOf } from './deny-policies.js';

const POLICIES = 'policies/';
const GROUPS = 'groups/';

/**
 * The writes that put another member into each policy that names one, deny policies included, and into each group that
 * holds one; what they say stays what it is. Whoever has the old name next has nothing of it, from the start: no propagation delays this. A
 * policy that changes before they are committed fails the commit.
 * @param except rows of policies that go in the same transaction
 */
export async function memberReplacement(
  store: Store,
  from: string,
  to: string,
  except: ReadonlySet<string> = new Set(),
): Promise<Write[]> {
  const names = [normalizeMember(from), normalizeMember(to)] as const;
  const writes = [
    ...(await editAtOnce(store, POLICIES, inAllowPolicy(...names), except)),
    ...(await editAtOnce(store, GROUPS, inGroup(...names), except)),
  ];
  const [denied, becomes] = [denyIdentifier(from), denyIdentifier(to)];
  if (denied === undefined || becomes === undefined) return writes;
  return [...writes, ...(await editAtOnce(store, DENY_POLICIES, inDenyPolicies(denied, becomes), except))];
}

const inGroup =
  (from: string, to: string) =>
  (members: readonly string[]): readonly string[] | undefined => {
    const is = (member: string) => normalizeMember(member) === from;
    return members.some(is) ? members.map((member) => (is(member) ? to : member)) : undefined;
  };

const inAllowPolicy =
  (from: string, to: string) =>
  ({ bindings, auditConfigs }: Policy): Policy | undefined =>
    bindings.some(({ members }) => members.includes(from))
      ? newPolicy(
          bindings.map((binding) => ({
            ...binding,
            members: binding.members.map((member) => (member === from ? to : member)),
          })),
          auditConfigs,
        )
      : undefined;

/** Deny policies keep identifiers as they were written; addresses are compared without regard to case. */
const inDenyPolicies =
  (from: string, to: string) =>
  (policies: DenyPoliciesRow): DenyPoliciesRow | undefined => {
    const is = (identifier: string) => identifier.toLowerCase() === from.toLowerCase();
    const replaced = (identifiers: readonly string[]) => identifiers.map((each) => (is(each) ? to : each));
    if (!policies.some(({ rules }) => [...principalsOf(rules)].some(is))) return undefined;
    return policies.map((policy) => ({
      ...policy,
      rules: policy.rules.map((rule) => ({
        ...rule,
        deniedPrincipals: replaced(rule.deniedPrincipals),
        exceptionPrincipals: replaced(rule.exceptionPrincipals),
      })),
    }));
  };
