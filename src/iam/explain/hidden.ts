/** Questions as somebody sees them who may not read everything that decides. */
import type { ResourceName } from '../../names/index.js';
import type { DenyLevel } from '../deny/types.js';
import type { Question } from '../types.js';
import { mapGrants } from './grants.js';

/** What somebody may not see. */
export interface Hidden {
  /** The levels whose allow policies. */
  readonly policies: ReadonlySet<ResourceName>;
  /** The levels whose deny policies, whether or not there are any. */
  readonly denyPolicies: ReadonlySet<ResourceName>;
  /** The custom roles whose permissions. */
  readonly roles: ReadonlySet<string>;
  /** The principal's access boundaries, whether or not there are any. */
  readonly boundaries: boolean;
}

/** The question with what is hidden unreadable. The answer is then the same, or that it is not known. */
export function withHidden(question: Question, hidden: Hidden): Question {
  const { deny, boundaries, ...rest } = question;
  const denyLevels = question.levels.flatMap(({ resource }): DenyLevel[] => {
    if (hidden.denyPolicies.has(resource)) return [{ resource, policies: 'unreadable' }];
    return (deny ?? []).filter((level) => level.resource === resource);
  });
  return {
    ...rest,
    levels: question.levels.map(({ resource, policy }) => {
      if (policy === 'unreadable' || hidden.policies.has(resource)) return { resource, policy: 'unreadable' };
      const readable = mapGrants(policy, (grant) =>
        hidden.roles.has(grant.role) ? { ...grant, permissions: undefined } : grant,
      );
      return { resource, policy: hidden.roles.size === 0 ? policy : readable };
    }),
    ...(denyLevels.length === 0 ? {} : { deny: denyLevels }),
    ...(hidden.boundaries ? { boundaries: 'unreadable' } : boundaries ? { boundaries } : {}),
  };
}
