/** Bindings and audit configurations of estate files, with members in IAM's spelling. */

import type { AuditConfigDocument, BindingDocument } from '../../estate-file/index.js';
import { isEmail, memberOf, normalizeMember, parseMember, principalOfEmail } from '../../names/index.js';
import type { AuditConfigs, Iam, Placed } from './estate.js';
import { listed } from './parts.js';
import { type Place, type Problems, within } from './problems.js';

export function iamOf(
  problems: Problems,
  parts: readonly Placed<{ readonly iam?: readonly BindingDocument[] }>[],
): Iam {
  return listed(parts, 'iam', ({ iam }) => iam).map(({ value, place }) => ({
    place,
    value: { ...value, members: membersOf(problems, value.members, within(place, 'members')) },
  }));
}

export function auditConfigsOf(
  problems: Problems,
  parts: readonly Placed<{ readonly auditConfigs?: readonly AuditConfigDocument[] }>[],
): AuditConfigs {
  return listed(parts, 'auditConfigs', ({ auditConfigs }) => auditConfigs).map(({ value, place }) => ({
    place,
    value: {
      ...value,
      auditLogConfigs: value.auditLogConfigs.map(({ logType, exemptedMembers = [] }, index) => {
        const at = within(place, 'auditLogConfigs', index, 'exemptedMembers');
        return { logType, exemptedMembers: membersOf(problems, exemptedMembers, at) };
      }),
    },
  }));
}

function membersOf(problems: Problems, texts: readonly string[], place: Place): string[] {
  return texts.map((text, index) => {
    const member = memberNamed(text);
    if (member === undefined) problems.add(within(place, index), `"${text}" is no member that IAM knows.`);
    return member ?? text;
  });
}

/** A member in IAM's spelling; bare e-mail addresses are told apart by their domain. Undefined for what is none. */
export function memberNamed(text: string): string | undefined {
  if (parseMember(text)) return normalizeMember(text);
  return isEmail(text) ? memberOf(principalOfEmail(text)) : undefined;
}
