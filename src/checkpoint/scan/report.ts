/** The report of a scan: the groups, and the grants that mend them. */
import { stepsForNeeds, written } from '../fixes/index.js';
import type { Need } from '../fixes/needs.js';
import type { ReportedFix } from '../report.js';
import type { LogScan } from './scan.js';
import type { ScanGroup, ScanProblem, ScanReport } from './types.js';
import { needsIn } from './unmet.js';

/** What was read, and what could not be. */
export interface ScanReading {
  readonly sources: readonly string[];
  readonly entries: number;
  /** The first of them. */
  readonly problems: readonly ScanProblem[];
  readonly problemCount: number;
}

/**
 * @param groups of the scan, perhaps with what became of them since; those whose permission is there by now need no fix
 */
export function scanReport(
  scan: LogScan,
  reading: ScanReading,
  groups: readonly ScanGroup[] = scan.groups(),
): ScanReport {
  const { sources, entries, problems, problemCount } = reading;
  return {
    schema: 'sekisho.scan/1',
    sources,
    entries,
    elsewhere: scan.elsewhere,
    ungrouped: scan.ungrouped,
    complete: problemCount === 0 && scan.ungrouped === 0,
    groups,
    fixes: scanFixes(groups),
    problems,
    problemCount,
  };
}

/** Whoever has got the permission since needs nothing. Members share no grants, so each is looked at alone. */
function scanFixes(groups: readonly ScanGroup[]): readonly ReportedFix[] {
  const byMember = new Map<string, Need[]>();
  for (const need of groups.flatMap((group) => (group.now === 'granted' ? [] : needsIn(group)))) {
    const needs = byMember.get(need.member);
    if (needs) needs.push(need);
    else byMember.set(need.member, [need]);
  }
  const steps = [...byMember.values()].flatMap((needs) => stepsForNeeds(distinct(needs)).steps);
  return written(steps, 'v2').map(({ kind: _, ...fix }) => fix);
}

const distinct = (needs: readonly Need[]): Need[] => [
  ...new Map(needs.map((need) => [`${need.permission} ${need.resource}`, need])).values(),
];

/** 0 when nothing was found, 1 when something was, 2 when not everything could be read. */
export function scanExitCode({ complete, groups }: ScanReport): 0 | 1 | 2 {
  if (!complete) return 2;
  return groups.length === 0 ? 0 : 1;
}

/** Groups that no fix is written for although they may need one, because the agent's address is not known. */
export function withoutAddress({ groups }: ScanReport): readonly string[] {
  return [
    ...new Set(
      groups.flatMap(({ principal, agentOf }) =>
        principal === undefined && agentOf !== undefined ? [agentOf] : [],
      ),
    ),
  ];
}
