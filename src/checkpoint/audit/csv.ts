/** The report of an audit as CSV: one row per resource and deployer. */
import { csv } from '../cells.js';
import type { AuditReport } from './types.js';

const HEADING = [
  'verdict',
  'kind',
  'project',
  'location',
  'name',
  'deployer',
  'denied',
  'unknown',
  'requirement',
  'effect',
  'principal',
  'permission',
  'resource',
  'image',
  'reasons',
] as const;

export function auditCsv({ rows }: AuditReport): string {
  return csv(
    HEADING,
    rows.map(({ target, deployer, verdict, first, denied, unknown }) => [
      verdict,
      target.kind,
      target.project,
      target.location,
      target.name,
      deployer,
      denied,
      unknown,
      first?.id,
      first?.effect,
      first?.principal,
      first?.permission,
      first?.resource,
      first?.image,
      first?.reasons.join('; '),
    ]),
  );
}
