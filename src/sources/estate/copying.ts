/** What all parts of a copy read by, and what they make of what they read. */
import { isUnknown, type Known, type Source } from '../../checkpoint/index.js';
import type { BindingDocument } from '../../estate-file/index.js';
import type { Binding, Condition } from '../../iam/index.js';
import { parsePrincipal, type ResourceName, splitResource } from '../../names/index.js';
import type { EstateCopy } from './document.js';
import type { EstateLists, Gap } from './lists.js';

/** @param group its address. @returns members, e.g. `user:…`, `group:…` */
export type MembersOf = (group: string) => Promise<Known<readonly string[]>>;

export interface CopyOptions {
  readonly source: Source;
  /** What lies in projects, by a source that tells its gaps. */
  readonly lists: (gap: Gap) => EstateLists;
  /** Who is in a group, as members. */
  readonly membersOf: MembersOf;
  /** By id. */
  readonly projects: readonly string[];
  /** Where repositories are looked for; everywhere when left out. */
  readonly locations?: readonly string[];
  /** As a member: of groups whose members cannot be read, whether this one is in them is asked. */
  readonly caller: string;
}

/** A project that cannot even be seen. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

/** What all parts of a copy read by. */
export interface Copying extends Omit<CopyOptions, 'lists'> {
  readonly lists: EstateLists;
  readonly gap: Gap;
  /** A resource's own bindings. */
  bindings(resource: ResourceName): Promise<readonly BindingDocument[]>;
}

/** An estate, and what it lacks. */
export interface CopiedEstate {
  readonly estate: EstateCopy;
  /** What could not be read, one sentence each: decisions may differ by it. */
  readonly gaps: readonly string[];
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
): Promise<readonly BindingDocument[]> {
  const policy = await source.policy(resource);
  if (policy === 'absent') return [];
  if (isUnknown(policy)) {
    gap(`the policy of ${splitResource(resource).path}`, policy.why);
    return [];
  }
  return policy.bindings.flatMap(bindingCopy);
}

/** Whoever has been deleted is granted nothing. */
function bindingCopy({ role, members, condition }: Binding): BindingDocument[] {
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
export function everyBinding({
  organization,
  folders = [],
  projects,
}: EstateCopy): readonly BindingDocument[] {
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

/** The addresses of every service account that a copy names, and of who acts. */
export function accountsIn(copy: EstateCopy, caller: string): Set<string> {
  const prefix = 'serviceAccount:';
  const members = [caller, ...everyBinding(copy).flatMap((binding) => binding.members)];
  const runs = copy.projects.flatMap(({ runServices = [], runJobs = [], runWorkerPools = [] }) => [
    ...runServices,
    ...runJobs,
    ...runWorkerPools,
  ]);
  return new Set([
    ...members.filter((member) => member.startsWith(prefix)).map((member) => member.slice(prefix.length)),
    ...runs.flatMap(({ serviceAccount }) => serviceAccount ?? []),
  ]);
}

/** @returns undefined for who has no address */
export function addressed(member: string) {
  const principal = parsePrincipal(member);
  return principal && (principal.kind === 'user' || principal.kind === 'serviceAccount')
    ? principal
    : undefined;
}
