/** What all parts of a copy read by, and what they make of what they read. */
import { isUnknown, type Known, type Source } from '../../checkpoint/index.js';
import type { Binding, Condition } from '../../iam/index.js';
import { parsePrincipal, type ResourceName, splitResource } from '../../names/index.js';
import type { BindingCopy, EstateCopy } from './document.js';
import type { Gap, GoogleLists } from './google-lists.js';

/** @param group its address. @returns members, e.g. `user:…`, `group:…` */
export type MembersOf = (group: string) => Promise<Known<readonly string[]>>;

export interface CopyOptions {
  readonly source: Source;
  readonly lists: GoogleLists;
  /** Who is in a group, as members. */
  readonly membersOf: MembersOf;
  /** By id. */
  readonly projects: readonly string[];
  /** Where repositories are looked for; everywhere when left out. */
  readonly locations?: readonly string[];
  /** As a member: of groups whose members cannot be read, whether this one is in them is asked. */
  readonly caller: string;
  readonly gap: Gap;
}

/** A project that cannot even be seen. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

/** What all parts of a copy read by. */
export interface Copying extends CopyOptions {
  /** A resource's own bindings. */
  bindings(resource: ResourceName): Promise<readonly BindingCopy[]>;
}

/** The fact, or what stands for it where it is not known. */
export function known<T>(fact: Known<T>, what: string, otherwise: T, gap: Gap): T {
  if (!isUnknown(fact)) return fact;
  gap(what, fact.why);
  return otherwise;
}

export async function bindingsOf(
  resource: ResourceName,
  source: Source,
  gap: Gap,
): Promise<readonly BindingCopy[]> {
  const policy = await source.policy(resource);
  if (policy === 'absent') return [];
  if (isUnknown(policy)) {
    gap(`the policy of ${splitResource(resource).path}`, policy.why);
    return [];
  }
  return policy.bindings.flatMap(bindingCopy);
}

/** Whoever has been deleted is granted nothing. */
function bindingCopy({ role, members, condition }: Binding): BindingCopy[] {
  const kept = members.filter((member) => !member.startsWith('deleted:'));
  if (kept.length === 0) return [];
  return [{ role, members: kept, ...(condition ? { condition: conditionCopy(condition) } : {}) }];
}

/** Estates ask for a title, which policies need not have. */
export const conditionCopy = (condition: Condition): Condition => ({
  ...condition,
  title: condition.title === '' ? 'untitled' : condition.title,
});

/** Every binding of a copy. */
export function everyBinding({ organization, folders = [], projects }: EstateCopy): readonly BindingCopy[] {
  return [
    ...(organization?.iam ?? []),
    ...folders.flatMap(({ iam = [] }) => iam),
    ...projects.flatMap((project) => [
      ...(project.iam ?? []),
      ...[
        ...(project.defaultServiceAccount ? [project.defaultServiceAccount] : []),
        ...(project.serviceAccounts ?? []),
        ...(project.repositories ?? []),
        ...(project.secrets ?? []),
        ...(project.runServices ?? []),
        ...(project.runJobs ?? []),
        ...(project.runWorkerPools ?? []),
      ].flatMap(({ iam = [] }) => iam),
    ]),
  ];
}

/** @returns undefined for who has no address */
export function addressed(member: string) {
  const principal = parsePrincipal(member);
  return principal && (principal.kind === 'user' || principal.kind === 'serviceAccount')
    ? principal
    : undefined;
}
