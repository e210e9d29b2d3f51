/** Bindings as an estate file lists them. */

import type { AuditConfigDocument, BindingDocument } from '../../estate-file/index.js';
import { type Binding, parseCustomRoleName } from '../../iam/index.js';
import { parseMember, type ResourceName, splitResource, workloadPoolOf } from '../../names/index.js';
import type { Rooms } from './rooms.js';
import { PREFIX } from './rows.js';

/**
 * The bindings without members that are gone: a file that named them could not be applied.
 * @param where the resource, for the notes
 */
export async function exportIam(
  bindings: readonly Binding[],
  where: string,
  rooms: Rooms,
  notes: string[],
): Promise<BindingDocument[]> {
  const exported: BindingDocument[] = [];
  for (const { role, members, condition } of bindings) {
    if (parseCustomRoleName(role) && !rooms.access.roles.get(role)) {
      notes.push(
        `${where}: ${role} has been deleted; that it is granted to ${members.join(', ')} is left out.`,
      );
      continue;
    }
    const there: string[] = [];
    for (const member of members) {
      if (await exists(member, rooms)) there.push(member);
      else notes.push(`${where}: ${member}, who has ${role}, does not exist any more and is left out.`);
    }
    if (there.length > 0) exported.push({ role, members: there, ...(condition ? { condition } : {}) });
  }
  return exported;
}

/** The audit configurations of a project, folder or organization, without exempted members that are gone. */
export async function exportAuditConfigs(
  resource: ResourceName,
  rooms: Rooms,
  notes: string[],
): Promise<{ readonly auditConfigs?: readonly AuditConfigDocument[] }> {
  const { auditConfigs = [] } = (await rooms.access.policy(resource)).policy;
  if (auditConfigs.length === 0) return {};
  const where = splitResource(resource).path;
  const exported = auditConfigs.map(async ({ service, auditLogConfigs }) => ({
    service,
    auditLogConfigs: await Promise.all(
      auditLogConfigs.map(async ({ logType, exemptedMembers }) => {
        const there: string[] = [];
        for (const member of exemptedMembers) {
          if (await exists(member, rooms)) there.push(member);
          else
            notes.push(
              `${where}: ${member}, exempt from audit logs, does not exist any more and is left out.`,
            );
        }
        return { logType, ...(there.length > 0 ? { exemptedMembers: there } : {}) };
      }),
    ),
  }));
  return { auditConfigs: await Promise.all(exported) };
}

async function exists(text: string, { store, identity }: Rooms): Promise<boolean> {
  const member = parseMember(text);
  if (member?.kind === 'group') return (await store.get(PREFIX.groups + member.id)) !== undefined;
  const pool = workloadPoolOf(text);
  if (pool !== undefined) return identity.pools.exists(pool);
  if (member?.kind !== 'serviceAccount' || !member.id.includes('@')) return true;
  return (await identity.accounts.get(member.id)) !== undefined;
}

/** The bindings without these unconditional ones. */
export function without(bindings: readonly Binding[], others: readonly Binding[]): readonly Binding[] {
  const given = new Set(grantsOf(others));
  return bindings
    .map((binding) => ({
      ...binding,
      members: binding.members.filter(
        (member) => binding.condition !== undefined || !given.has(`${binding.role} ${member}`),
      ),
    }))
    .filter(({ members }) => members.length > 0);
}

/** True when the bindings hold all of these unconditional ones. */
export function holdsAll(bindings: readonly Binding[], others: readonly Binding[]): boolean {
  const given = new Set(grantsOf(bindings));
  return grantsOf(others).every((grant) => given.has(grant));
}

const grantsOf = (bindings: readonly Binding[]): string[] =>
  bindings
    .filter(({ condition }) => condition === undefined)
    .flatMap(({ role, members }) => members.map((member) => `${role} ${member}`));
