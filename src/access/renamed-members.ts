/** One member's name for another in every stored policy: a deleted service account's, and a restored one's. */
import { denyIdentifier, type Policy } from '../iam/index.js';
import { normalizeMember } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { newPolicy } from './bindings.js';
import { DENY_POLICIES, type DenyPoliciesRow, principalsOf } from './deny-policies.js';

const POLICIES = 'policies/';

type Put = Write & { readonly op: 'put' };

/**
 * The writes that put another member into each policy that names one, deny policies included; what the policies say
 * stays what it is. A policy that changes before they are committed fails the commit.
 */
export async function memberReplacement(store: Store, from: string, to: string): Promise<Put[]> {
  return [
    ...(await inAllowPolicies(store, normalizeMember(from), normalizeMember(to))),
    ...(await inDenyPolicies(store, denyIdentifier(from), denyIdentifier(to))),
  ];
}

async function inAllowPolicies(store: Store, from: string, to: string): Promise<Put[]> {
  const rows = await store.list<Policy>(POLICIES);
  return rows
    .filter(({ value }) => value.bindings.some(({ members }) => members.includes(from)))
    .map(({ key, version, value }) => ({
      op: 'put',
      key,
      ifVersion: version,
      value: newPolicy(
        value.bindings.map((binding) => ({
          ...binding,
          members: binding.members.map((member) => (member === from ? to : member)),
        })),
        value.auditConfigs,
      ),
    }));
}

/** Deny policies keep identifiers as they were written; addresses are compared without regard to case. */
async function inDenyPolicies(
  store: Store,
  from: string | undefined,
  to: string | undefined,
): Promise<Put[]> {
  if (from === undefined || to === undefined) return [];
  const is = (identifier: string) => identifier.toLowerCase() === from.toLowerCase();
  const replaced = (identifiers: readonly string[]) => identifiers.map((each) => (is(each) ? to : each));
  const rows = await store.list<DenyPoliciesRow>(DENY_POLICIES);
  return rows
    .filter(({ value }) => value.some(({ rules }) => [...principalsOf(rules)].some(is)))
    .map(({ key, version, value }) => ({
      op: 'put',
      key,
      ifVersion: version,
      value: value.map((policy) => ({
        ...policy,
        rules: policy.rules.map((rule) => ({
          ...rule,
          deniedPrincipals: replaced(rule.deniedPrincipals),
          exceptionPrincipals: replaced(rule.exceptionPrincipals),
        })),
      })),
    }));
}
