/** Judges shares of what was taken. */
import type { PartRows } from '../../checkpoint/index.js';
import { auditPart, partLines, VERDICTS } from '../../checkpoint/reports/index.js';
import { assumingOf } from '../inventory/assume.js';
import type { Inventory } from '../inventory/index.js';
import type { Collected } from './collect.js';
import { estateOf, type Noted } from './estate.js';
import { Lines } from './line-bytes.js';
import { ProjectNames } from './names.js';
import type { Postponed, ProjectAssets, Share } from './postponed.js';
import { ProjectParts } from './project-parts.js';
import type { Judging, Told } from './work.js';

/** Judges one share after the other. */
export class Judge {
  readonly #assets: ProjectAssets;
  readonly #parts: ProjectParts;
  readonly #inventory: Inventory;
  readonly #judging: Judging;
  /** Of what all shares have in common. */
  readonly #noted: Noted;

  constructor(collected: Collected, postponed: Postponed, judging: Judging) {
    const { name, help, assume } = judging;
    const { groups = {}, complete = false } = help;
    const names = new ProjectNames(collected);
    const { contents, noted } = estateOf(collected, { name, groups, complete }, names);
    this.#assets = postponed.byProject(names);
    this.#parts = new ProjectParts(this.#assets, names);
    this.#inventory = assumingOf(this.#parts.over(contents), assume);
    this.#judging = judging;
    this.#noted = noted;
  }

  /** @returns what is noted of the share alone; of what all shares have in common, the first tells */
  judge(share: Share): Omit<Extract<Told, { kind: 'judged' }>, 'kind'> {
    const { audit, rows: form } = this.#judging;
    const runs = this.#parts.runsOf(this.#assets.share(share));
    const { part, rows } = auditPart(this.#inventory, audit, runs);
    const { repeated, unreadable, bare } = this.#parts.noted();
    const common = share.index === 0 ? this.#noted : NOTHING;
    return {
      part,
      rows: form === 'rows' ? { rows } : { json: jsonOf(rows) },
      noted: {
        repeated: common.repeated + repeated,
        unreadable: common.unreadable + unreadable,
        denials: common.denials,
        bare: common.bare + bare,
      },
    };
  }
}

/** By verdict, worst first. */
function jsonOf(rows: PartRows): Uint8Array<ArrayBuffer>[][] {
  const sorted = VERDICTS.map(() => new Lines());
  partLines(rows, (line, verdict) => sorted[verdict]?.add(line));
  return sorted.map((lines) => lines.taken());
}

const NOTHING: Noted = { repeated: 0, unreadable: 0, denials: 0, bare: 0 };
