/** The report of an audit as SARIF 2.1.0: a result for every deploy that would not, or may not, go through. */

import { ruleOf } from '../formats/rules.js';
import { fingerprintOf, sarifLog } from '../formats/sarif.js';
import type { SarifLog, SarifLogicalLocation, SarifResult } from '../formats/sarif-log.js';
import { messages } from '../messages.js';
import type { AuditPoint, AuditReport, AuditRow } from './types.js';

/** What GitHub takes of one run (https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning). */
const MAX_RESULTS = 25_000;

/** @param version of the tool, as the log names it */
export function auditSarif(report: AuditReport, version?: string): SarifLog {
  const wanting = report.rows.filter(({ first }) => first !== undefined);
  const results = wanting.slice(0, MAX_RESULTS).flatMap(resultOf);
  const leftOut = wanting.length - results.length;
  const { verdict, source, time } = report;
  return sarifLog(results, { verdict, source, time, ...(leftOut > 0 && { leftOut }) }, version);
}

function resultOf(row: AuditRow): readonly SarifResult[] {
  const { target, deployer, first, denied, unknown } = row;
  if (!first) return [];
  const { index } = ruleOf(first.id);
  const { verdict, moment, effect, principal, permission, resource, image } = first;
  return [
    {
      ruleId: first.id,
      ...(index < 0 ? {} : { ruleIndex: index }),
      level: levelOf(first),
      message: { text: textOf(row, first) },
      locations: [
        {
          logicalLocations: [
            ...logical('resource', target.resource),
            ...logical('principal', deployer),
            ...logical('permission', permission),
          ],
        },
      ],
      partialFingerprints: {
        'sekishoAudit/v1': fingerprintOf(
          JSON.stringify([first.id, target.resource, deployer, principal, permission, resource, image]),
        ),
      },
      properties: { verdict, moment, effect, target, deployer, denied, unknown },
    },
  ];
}

function levelOf({ verdict, effect }: AuditPoint): SarifResult['level'] {
  if (verdict === 'unknown') return 'note';
  return effect === 'warns' ? 'warning' : 'error';
}

function textOf(
  { target, deployer }: AuditRow,
  { principal, permission, resource, id, reasons, message }: AuditPoint,
): string {
  const { title, need, permissionOn } = messages.en;
  const needed =
    permission !== undefined && resource !== undefined
      ? permissionOn(permission, resource).join(' ')
      : need(id);
  const parts = [
    `${title(target)}, deployed by ${deployer}: ${principal ?? 'it'} needs ${needed}.`,
    ...(reasons.length === 0 ? [] : [`${reasons.join('; ')}.`]),
    ...(message === undefined ? [] : [`Google says: ${message}`]),
  ];
  return parts.join(' ');
}

function logical(kind: string, name: string | undefined): readonly SarifLogicalLocation[] {
  if (name === undefined || name === '') return [];
  return [{ kind, fullyQualifiedName: name, name: name.split('/').at(-1) || name }];
}
