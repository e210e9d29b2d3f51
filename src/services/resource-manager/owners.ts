/** What Resource Manager asks of a project's policy beyond what IAM asks of every policy. */
import type { PolicyAcceptance, Project } from '../../access/index.js';
import { GoogleError, type JsonObject } from '../../google/index.js';
import { requireActive } from './changes.js';

const OWNER = 'roles/owner';

/**
 * The documented restrictions of projects.setIamPolicy
 * (https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/setIamPolicy) on a project outside an
 * organization: one of its owners must be a user, who accepted the terms of service, and groups cannot own it.
 *
 * One is left out: that a user becomes owner only by an invitation of the console's. There is no console through
 * which to send or accept one, so that nobody but its creator could own a project.
 */
export function ownersAcceptance(project: Project): PolicyAcceptance {
  return (before, after) => {
    requireActive(project);
    if (project.parent !== undefined) return;
    const had = ownersIn(before);
    const owners = ownersIn(after);
    const groups = owners.filter((member) => member.startsWith('group:') && !had.includes(member));
    if (groups.length > 0) throw refused('SOLO_GROUP_OWNERS_DISALLOWED', groups);
    if (owners.some(isUser)) return;
    throw refused('SOLO_REQUIRE_TOS_ACCEPTOR', had.filter(isUser));
  };
}

const isUser = (member: string): boolean => member.startsWith('user:');

function ownersIn(bindings: Parameters<PolicyAcceptance>[0]): readonly string[] {
  return bindings.filter(({ role }) => role === OWNER).flatMap(({ members }) => members);
}

/** @param members whom it is about: each gets a detail of its own */
function refused(type: string, members: readonly string[]): GoogleError {
  const detail = (member?: string): JsonObject => ({
    '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError',
    type,
    ...(member === undefined ? {} : { member }),
    role: OWNER,
  });
  return new GoogleError('INVALID_ARGUMENT', 'Request contains an invalid argument.', {
    reason: 'badRequest',
    details: members.length === 0 ? [detail()] : members.map(detail),
  });
}
