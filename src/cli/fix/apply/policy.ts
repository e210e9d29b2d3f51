/** Grants added to a policy as it was read: everything else in it goes back untouched. */
import type { Json } from './api.js';

export interface Wanted {
  readonly member: string;
  readonly role: string;
}

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title?: string; readonly expression?: string };
}

const isBinding = (value: unknown): value is Binding =>
  typeof value === 'object' &&
  value !== null &&
  'role' in value &&
  typeof value.role === 'string' &&
  (!('members' in value) || Array.isArray(value.members));

export function bindingsOf({ bindings = [] }: Json): readonly Binding[] {
  if (!Array.isArray(bindings) || !bindings.every(isBinding)) {
    throw new TypeError('what was read is no policy');
  }
  return bindings.map((each: Binding) => ({ ...each, members: each.members ?? [] }));
}

/** The policy with these grants, without conditions; undefined when it has them all. */
export function withGrants(policy: Json, wanted: readonly Wanted[]): Json | undefined {
  let bindings = bindingsOf(policy);
  let changed = false;
  for (const { member, role } of wanted) {
    const own = bindings.find((each) => each.role === role && each.condition === undefined);
    if (own?.members.includes(member)) continue;
    changed = true;
    bindings = own
      ? bindings.map((each) => (each === own ? { ...own, members: [...own.members, member] } : each))
      : [...bindings, { role, members: [member] }];
  }
  return changed ? { ...policy, version: 3, bindings } : undefined;
}

function linesOf(policy: Json): string[] {
  return bindingsOf(policy).flatMap(({ role, members, condition }) => {
    const when = condition === undefined ? '' : ` if ${condition.title ?? condition.expression ?? ''}`;
    return members.map((member) => `${role} ${member}${when}`);
  });
}

/** How many members that stay as they are stand around a new one. */
const CONTEXT = 3;

/** What changes in a policy, a line for each member of each role, as `diff -u` shows it. */
export function policyDiff(name: string, before: Json, after: Json): string {
  const old = new Set(linesOf(before));
  const lines = linesOf(after).map((line) => ({ line, added: !old.has(line) }));
  const shown = lines.filter((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ added }) => added),
  );
  return [
    `--- ${name}`,
    `+++ ${name}`,
    `@@ -${old.size} +${lines.length} @@`,
    ...shown.map(({ line, added }) => `${added ? '+' : ' '}${line}`),
  ].join('\n');
}
