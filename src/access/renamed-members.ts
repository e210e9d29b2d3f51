/** One member's name for another in every stored policy: a deleted service account's, and a restored one's. */
import type { Policy } from '../iam/index.js';
import { normalizeMember } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { newPolicy } from './bindings.js';

const POLICIES = 'policies/';

/**
 * The writes that put another member into each policy that names one; the bindings stay what they are. A policy
 * that changes before they are committed fails the commit.
 */
export async function memberReplacement(
  store: Store,
  from: string,
  to: string,
): Promise<(Write & { readonly op: 'put' })[]> {
  const old = normalizeMember(from);
  const rows = await store.list<Policy>(POLICIES);
  return rows
    .filter(({ value }) => value.bindings.some(({ members }) => members.includes(old)))
    .map(({ key, version, value }) => ({
      op: 'put',
      key,
      ifVersion: version,
      value: newPolicy(
        value.bindings.map((binding) => ({
          ...binding,
          members: binding.members.map((member) => (member === old ? normalizeMember(to) : member)),
        })),
      ),
    }));
}
