/** What has become of it since: whether whoever lacked a permission has it by now. */
import { cloudRunAgent, parsePrincipal } from '../../names/index.js';
import type { AccessQuestion } from '../plan.js';
import { isUnknown } from '../rule.js';
import { decisionsFrom } from '../source/index.js';
import type { Source } from '../source/types.js';
import type { ScanGroup } from './types.js';

/** Asks a source. Agents whose address the log does not give are looked up as well. */
export async function withPresent(
  groups: readonly ScanGroup[],
  source: Source,
  time: Date,
): Promise<readonly ScanGroup[]> {
  const named = await Promise.all(groups.map((group) => withAgent(group, source)));
  const asked = named.map(questionAbout);
  const decisions = await decisionsFrom(
    source,
    asked.flatMap((question) => question ?? []),
    { time },
  );
  let next = 0;
  return named.map((group, index): ScanGroup => {
    const decision = asked[index] === undefined ? undefined : decisions[next++];
    return { ...group, now: decision?.verdict ?? 'unknown' };
  });
}

async function withAgent(group: ScanGroup, source: Source): Promise<ScanGroup> {
  if (group.principal !== undefined || group.agentOf === undefined) return group;
  const project = await source.project(group.agentOf);
  if (project === 'absent' || isUnknown(project) || project.number === undefined) return group;
  return { ...group, principal: `serviceAccount:${cloudRunAgent(project.number)}` };
}

function questionAbout({ principal, permission, resource }: ScanGroup): AccessQuestion | undefined {
  const who = principal === undefined ? undefined : parsePrincipal(principal);
  return who && resource !== undefined ? { principal: who, permission, resource } : undefined;
}
