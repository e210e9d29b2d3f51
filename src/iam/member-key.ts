/** Principals as the members that policies name, in the form in which members are compared. */
import { memberOf, normalizeMember, type SignedIn } from '../names/index.js';

/** Members of principals already met, so that strings are put together and hashed once for each. */
const memberKeys = new WeakMap<SignedIn, string>();

/** A signed-in principal's normalised member. */
export function memberKey(principal: SignedIn): string {
  let key = memberKeys.get(principal);
  if (key === undefined) {
    key = normalizeMember(memberOf(principal));
    memberKeys.set(principal, key);
  }
  return key;
}
