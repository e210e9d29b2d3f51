/** One member's name for another in every stored policy: a deleted service account's, and a restored one's. */
import { denyIdentifier, type Policy } from '../iam/index.js';
import { normalizeMember } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { editAtOnce } from './at-once.js';
import { newPolicy } from './bindings.js';
import { DENY_POLICIES, type DenyPoliciesRow, principalsOf } from './deny-policies.js';

const POLICIES = 'policies/';

/**
 * The writes that put another member into each policy that names one, deny policies included; what the policies say
 * stays what it is. Whoever has the old name next has nothing of it, from the start: no propagation delays this. A
 * policy that changes before they are committed fails the commit.
 * @param except rows of policies that go in the same transaction
 */
export async function memberReplacement(
  store: Store,
  from: string,
  to: string,
  except: ReadonlySet<string> = new Set(),
): Promise<Write[]> {
  const inAllow = inAllowPolicy(normalizeMember(from), normalizeMember(to));
  const [denied, becomes] = [denyIdentifier(from), denyIdentifier(to)];
  const allow = await editAtOnce<Policy>(store, POLICIES, inAllow, except);
  if (denied === undefined || becomes === undefined) return allow;
  const inDeny = inDenyPolicies(denied, becomes);
  return [...allow, ...(await editAtOnce<DenyPoliciesRow>(store, DENY_POLICIES, inDeny, except))];
}

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
