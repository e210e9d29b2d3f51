/** Compiled policies with their grants changed. */
import type { CompiledGrant, CompiledPolicy } from '../types.js';

/** The policy with each of its grants as `change` leaves it: asked once for each, however many members share it. */
export function mapGrants(
  policy: CompiledPolicy,
  change: (grant: CompiledGrant) => CompiledGrant,
): CompiledPolicy {
  const made = new Map<CompiledGrant, CompiledGrant>();
  const changed = (grant: CompiledGrant): CompiledGrant => {
    const known = made.get(grant) ?? change(grant);
    made.set(grant, known);
    return known;
  };
  return {
    ...policy,
    grants: new Map([...policy.grants].map(([member, grants]) => [member, grants.map(changed)])),
    ofBinding: new Map([...policy.ofBinding].map(([binding, grant]) => [binding, changed(grant)])),
    everybody: policy.everybody?.map(changed),
    signedIn: policy.signedIn?.map(changed),
  };
}
