/** Which members of allow policies cover a principal: decisions and explanations alike ask here. */
import type { Principal } from '../names/index.js';
import { memberKey } from './member-key.js';
import { principalSets } from './principal-sets.js';
import type { CompiledPolicy, Question } from './types.js';

/** The member that names a user's domain; service accounts belong to none. */
export function domainKey(principal: Principal): string | undefined {
  if (principal.kind !== 'user') return undefined;
  return `domain:${principal.email.slice(principal.email.lastIndexOf('@') + 1).toLowerCase()}`;
}

/** The members that cover a principal, nearest first, and those of which we cannot say. */
export interface Coverage {
  readonly members: readonly string[];
  perhaps(policy: CompiledPolicy): readonly string[];
}

/** Who is covered is the same for every policy: asked once for each question. */
export function covering({ principal, groups, facts }: Question): Coverage {
  if (principal.kind === 'anonymous') return { members: ['allUsers'], perhaps: () => [] };
  const member = memberKey(principal);
  const domain = domainKey(principal);
  const inGroups = groups.groupsOf(member);
  return {
    members: [
      member,
      ...inGroups,
      ...principalSets(principal, facts),
      ...(domain === undefined ? [] : [domain]),
      ...(principal.kind === 'federated' ? [] : ['allAuthenticatedUsers']),
      'allUsers',
    ],
    perhaps: (policy) => [
      ...policy.groups.filter((group) => !inGroups.includes(group) && !groups.isReadable(group)),
      ...(principal.kind === 'serviceAccount' && facts === undefined ? policy.serviceAccountSets : []),
    ],
  };
}
