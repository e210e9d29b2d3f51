/** Judges a share of what was collected. */
import type { AuditPart } from '../../checkpoint/index.js';
import { auditPart } from '../../checkpoint/reports/index.js';
import { assumingOf } from '../inventory/assume.js';
import type { Collected } from './collect.js';
import { opened } from './opened.js';
import type { Asked } from './work.js';

export async function judgeShare(
  collected: Collected,
  { name, share, help, assume, audit }: Extract<Asked, { kind: 'judge' }>,
): Promise<{ part: AuditPart; notes: readonly string[] }> {
  const { inventory, notes } = opened(collected, name, help, share);
  return { part: await auditPart(assumingOf(inventory, assume), audit), notes };
}
