/** The report of a scan as CSV: one row per group. */
import { csv } from '../cells.js';
import type { ScanReport } from './types.js';

const HEADING = [
  'requirement',
  'principal',
  'agent_of',
  'permission',
  'resource',
  'kind',
  'project',
  'location',
  'name',
  'warned',
  'refused',
  'failed',
  'first',
  'last',
  'image',
  'account',
  'through',
  'now',
] as const;

export function scanCsv({ groups }: ScanReport): string {
  return csv(
    HEADING,
    groups.map(
      ({
        id,
        principal,
        agentOf,
        permission,
        resource,
        target,
        outcomes,
        first,
        last,
        image,
        account,
        through,
        now,
      }) => [
        id,
        principal,
        agentOf,
        permission,
        resource,
        target.kind,
        target.project,
        target.location,
        target.name,
        outcomes.warned ?? 0,
        outcomes.refused ?? 0,
        outcomes.failed ?? 0,
        first,
        last,
        image,
        account,
        through?.join(' '),
        now,
      ],
    ),
  );
}
