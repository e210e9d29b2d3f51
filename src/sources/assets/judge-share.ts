/** Judges a share of what was taken. */
import type { PartRows } from '../../checkpoint/index.js';
import { auditPart, partLines } from '../../checkpoint/reports/index.js';
import { assumingOf } from '../inventory/assume.js';
import { RunsAtHand } from './at-hand.js';
import type { Collected } from './collect.js';
import { estateOf } from './estate.js';
import { ProjectNames } from './names.js';
import type { Postponed } from './postponed.js';
import type { Asked, Told } from './work.js';

/** @returns what is noted of the share alone; of what all shares have in common, the first tells */
export function judgeShare(
  collected: Collected,
  postponed: Postponed,
  { name, share, help, assume, audit, rows: form }: Extract<Asked, { kind: 'judge' }>,
): Omit<Extract<Told, { kind: 'judged' }>, 'kind'> {
  const names = new ProjectNames(collected);
  const { isOwn, projects } = postponed.shareOf(share, names);
  const { groups = {}, complete = false } = help;
  const { contents, noted } = estateOf(collected, { name, groups, complete, isOwn });
  const atHand = new RunsAtHand(names);
  const inventory = assumingOf(atHand.over(contents), assume);
  const { part, rows } = auditPart(inventory, audit, atHand.runsOf(projects));
  const { repeated, unreadable, bare } = atHand.noted();
  const shared = share.index === 0 ? noted : { repeated: 0, unreadable: 0, denials: 0, bare: noted.bare };
  return {
    part,
    rows: form === 'rows' ? { rows } : { json: jsonOf(rows) },
    noted: {
      repeated: shared.repeated + repeated,
      unreadable: shared.unreadable + unreadable,
      denials: shared.denials,
      bare: shared.bare + bare,
    },
  };
}

function jsonOf(rows: PartRows): Uint8Array<ArrayBuffer>[][] {
  return partLines(rows).map((pieces) => pieces.map(inMemoryOfItsOwn));
}

/** Memory that can be given away. */
function inMemoryOfItsOwn(text: string): Uint8Array<ArrayBuffer> {
  const size = Buffer.byteLength(text);
  const bytes = Buffer.from(new ArrayBuffer(size));
  bytes.write(text, size === text.length ? 'latin1' : 'utf8');
  return bytes;
}
