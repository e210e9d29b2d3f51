/** Judges a share of what was taken. */
import type { PartRows } from '../../checkpoint/index.js';
import { auditPart, rowLines, rowsOf } from '../../checkpoint/reports/index.js';
import { assumingOf } from '../inventory/assume.js';
import { inventoryOf } from '../inventory/inventory.js';
import type { Collected } from './collect.js';
import { estateOf } from './estate.js';
import { ProjectNames } from './names.js';
import type { Postponed } from './postponed.js';
import type { Asked, Told } from './work.js';

/** @returns what is noted of the share alone; of what all shares have in common, the first tells */
export async function judgeShare(
  collected: Collected,
  postponed: Postponed,
  { name, share, help, assume, audit, rows: form }: Extract<Asked, { kind: 'judge' }>,
): Promise<Omit<Extract<Told, { kind: 'judged' }>, 'kind'>> {
  const names = new ProjectNames(collected);
  const isOwn = postponed.shareOf(share, names);
  const isFirst = share.index === 0;
  const { repeated, unreadable } = collected;
  const before = isFirst ? NOTHING : { repeated, unreadable: unreadable.size };
  for (const asset of postponed.assetsOf(isOwn, names)) collected.take(asset);
  const { groups = {}, complete = false } = help;
  const { contents, noted } = estateOf(collected, { name, groups, complete, isOwn });
  const { part, rows } = await auditPart(assumingOf(inventoryOf(contents), assume), audit);
  return {
    part,
    rows: form === 'rows' ? { rows } : { json: jsonOf(rows) },
    noted: {
      repeated: noted.repeated - before.repeated,
      unreadable: noted.unreadable - before.unreadable,
      denials: isFirst ? noted.denials : 0,
      bare: noted.bare,
    },
  };
}

function jsonOf(rows: PartRows): Uint8Array<ArrayBuffer>[][] {
  return rowsOf(rows).map((sorted) => Array.from(rowLines(sorted), inMemoryOfItsOwn));
}

/** Memory that can be given away. */
function inMemoryOfItsOwn(text: string): Uint8Array<ArrayBuffer> {
  const size = Buffer.byteLength(text);
  const bytes = Buffer.from(new ArrayBuffer(size));
  bytes.write(text, size === text.length ? 'latin1' : 'utf8');
  return bytes;
}

const NOTHING = { repeated: 0, unreadable: 0 };
