/** Principals as the members that policies name, in the form in which members are compared. */
import type { Principal } from '../names/index.js';

/** Members of principals already met, so that strings are put together and hashed once for each. */
const memberKeys = new WeakMap<Principal, string>();

/** A signed-in principal's normalised member. */
export function memberKey(principal: Exclude<Principal, { kind: 'anonymous' }>): string {
  let key = memberKeys.get(principal);
  if (key === undefined) {
    key = `${principal.kind}:${principal.email.toLowerCase()}`;
    memberKeys.set(principal, key);
  }
  return key;
}
