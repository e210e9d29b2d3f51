/** Judges a share of what was taken. */
import type { AuditPart } from '../../checkpoint/index.js';
import { auditPart } from '../../checkpoint/reports/index.js';
import { assumingOf } from '../inventory/assume.js';
import { inventoryOf } from '../inventory/inventory.js';
import type { Collected } from './collect.js';
import { estateOf, type Noted } from './estate.js';
import { ProjectNames } from './names.js';
import type { Postponed } from './postponed.js';
import type { Asked } from './work.js';

/** @returns what is noted of the share alone; of what all shares have in common, the first tells */
export async function judgeShare(
  collected: Collected,
  postponed: Postponed,
  { name, share, help, assume, audit }: Extract<Asked, { kind: 'judge' }>,
): Promise<{ part: AuditPart; noted: Noted }> {
  const names = new ProjectNames(collected);
  const isOwn = postponed.shareOf(share, names);
  const isFirst = share.index === 0;
  const { repeated, unreadable } = collected;
  const before = isFirst ? NOTHING : { repeated, unreadable: unreadable.size };
  for (const asset of postponed.assetsOf(isOwn, names)) collected.take(asset);
  const { groups = {}, complete = false } = help;
  const { contents, noted } = estateOf(collected, { name, groups, complete, isOwn });
  return {
    part: await auditPart(assumingOf(inventoryOf(contents), assume), audit),
    noted: {
      repeated: noted.repeated - before.repeated,
      unreadable: noted.unreadable - before.unreadable,
      denials: isFirst ? noted.denials : 0,
      bare: noted.bare,
    },
  };
}

const NOTHING = { repeated: 0, unreadable: 0 };
