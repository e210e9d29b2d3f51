/**
 * Which versions the cleanup policies of a repository delete (docs "Configure cleanup policies"). Pure: the time is a
 * parameter. A version that a KEEP policy matches stays, whatever the DELETE policies say.
 */
import type { CleanupCondition, CleanupPolicy, ImageVersion } from './types.js';

/** @returns the versions to delete, in the order given */
export function versionsToDelete(
  policies: readonly CleanupPolicy[],
  versions: readonly ImageVersion[],
  now: Date,
): ImageVersion[] {
  const deletes = policies.filter((policy) => policy.action === 'DELETE');
  if (deletes.length === 0) return [];
  const keeps = policies.filter((policy) => policy.action === 'KEEP');
  const kept = new Set(keeps.flatMap((policy) => matching(policy, versions, now)));
  const matched = new Set(deletes.flatMap((policy) => matching(policy, versions, now)));
  return versions.filter((version) => matched.has(version) && !kept.has(version));
}

function matching(policy: CleanupPolicy, versions: readonly ImageVersion[], now: Date): ImageVersion[] {
  if ('condition' in policy) return versions.filter((version) => holds(policy.condition, version, now));
  const { packageNamePrefixes, keepCount } = policy.mostRecent;
  const images = new Map<string, ImageVersion[]>();
  for (const version of versions) {
    if (!beginsWithAny(version.image, packageNamePrefixes)) continue;
    images.set(version.image, [...(images.get(version.image) ?? []), version]);
  }
  return [...images.values()].flatMap((each) => [...each].sort(newestFirst).slice(0, keepCount));
}

function holds(condition: CleanupCondition, version: ImageVersion, now: Date): boolean {
  const { tagState = 'ANY', olderThan, newerThan } = condition;
  const age = (now.getTime() - Date.parse(version.uploadTime)) / 1000;
  const { tagPrefixes } = condition;
  return (
    (tagState === 'ANY' || (tagState === 'TAGGED') === version.tags.length > 0) &&
    (tagPrefixes.length === 0 || version.tags.some((tag) => beginsWithAny(tag, tagPrefixes))) &&
    beginsWithAny(version.digest, condition.versionNamePrefixes) &&
    beginsWithAny(version.image, condition.packageNamePrefixes) &&
    (olderThan === undefined || age > olderThan) &&
    (newerThan === undefined || age < newerThan)
  );
}

/** True as well when no prefix is asked for. */
function beginsWithAny(text: string, prefixes: readonly string[]): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => text.startsWith(prefix));
}

function newestFirst(a: ImageVersion, b: ImageVersion): number {
  return Date.parse(b.uploadTime) - Date.parse(a.uploadTime) || (a.digest < b.digest ? -1 : 1);
}
