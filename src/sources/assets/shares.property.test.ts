import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audit, auditJson, rolesBesideAudits } from '../../checkpoint/reports/index.js';
import { parsePrincipal } from '../../names/index.js';
import { ASSUMPTIONS } from '../helped/index.js';
import { assumingOf } from '../inventory/assume.js';
import { readAssets } from './asset.js';
import { type AuditedOptions, allShares, jsonOfShares, reportOfShares, Spread } from './audited.js';
import { Folder } from './fold.js';
import { Judge } from './judge.js';
import { opened } from './opened.js';
import { Postponed } from './postponed.js';
import { Taken, type TakesExports } from './taken.js';
import { arbitraryExports, type MadeFile } from './testing-exports.js';

const NAME = 'export.json';
const beside = new Set(rolesBesideAudits());

function addAll(values: readonly object[], into: TakesExports): void {
  for (const value of values) {
    const read = readAssets(value);
    if ('problem' in read) throw new Error(`${read.problem}: ${JSON.stringify(value)}`);
    for (const asset of read) into.add(asset);
  }
}

async function byOne(files: readonly MadeFile[], { assume, audit: settings, ...help }: AuditedOptions) {
  const taken = new Taken();
  for (const file of files) {
    taken.from(file.export);
    addAll(file.values, taken);
  }
  const { inventory, notes } = opened(taken.collected, NAME, help);
  return audit(assumingOf(inventory, assume), { ...settings, notes });
}

interface Dealt {
  readonly threads: number;
  /** Lines in a batch. */
  readonly size: number;
  /** Of so many batches one is read by whoever deals. */
  readonly here: number;
  readonly shares: number;
}

/** As threads do it, but one after the other. */
function byShares(
  files: readonly MadeFile[],
  { threads, size, here, shares }: Dealt,
  { assume, audit: settings, ...help }: AuditedOptions,
  rows: 'rows' | 'json',
) {
  const all = Array.from({ length: threads }, () => ({
    folder: new Folder((role) => !beside.has(role)),
    taken: new Taken(),
    postponed: new Postponed(),
  }));
  const spread = new Spread({
    tell(asked) {
      for (const { taken, postponed } of all) {
        const told = structuredClone(asked);
        if (told.kind === 'from') taken.from(told.name);
        if (told.kind === 'unfold') taken.unfoldBut(postponed, told.folded, told.by);
      }
    },
  });
  let turn = 0;
  for (const file of files) {
    spread.from(file.export);
    for (let at = 0; at < file.values.length; at += size) {
      const batch = file.values.slice(at, at + size);
      const by = turn++ % threads;
      const folder = turn % here === 0 ? undefined : all[by]?.folder;
      if (folder?.add(batch) === true) spread.unfold(folder.folded(), by);
      else addAll(batch, spread);
    }
  }
  spread.flush();
  const judges = all.map(
    ({ taken, postponed }) =>
      new Judge(taken.collected, postponed, { name: NAME, help, assume, rows, audit: settings }),
  );
  // Threads judge one share after the other, each whichever is the next.
  const judged = Array.from({ length: shares }, (_, index) => {
    const judge = judges[(index * index) % threads];
    if (judge === undefined) throw new RangeError('no such thread');
    return judge.judge({ index, of: shares });
  });
  return allShares(structuredClone(judged), NAME, settings);
}

const textOf = (pieces: Iterable<string | Uint8Array>): string =>
  Array.from(pieces, (piece) => Buffer.from(piece).toString()).join('');

const carol = parsePrincipal('user:carol@example.com');
const options: fc.Arbitrary<AuditedOptions> = fc
  .record({
    assume: fc.subarray([...ASSUMPTIONS]),
    complete: fc.boolean(),
    groups: fc.constantFrom({}, { 'known@example.com': ['user:dora@example.com', 'group:team@example.com'] }),
    limit: fc.constantFrom(undefined, 1),
    images: fc.constantFrom('assumed' as const, 'known' as const),
    deployers: fc.constantFrom(undefined, undefined, carol && [carol]),
  })
  .map(({ assume, complete, groups, limit, images, deployers }) => ({
    ...{ assume, complete, groups },
    audit: {
      time: new Date('2025-06-01T12:00:00Z'),
      images,
      ...(limit === undefined ? {} : { limit }),
      ...(deployers === undefined ? {} : { deployers }),
      assumed: [...assume],
    },
  }));

describe('the audit of an export by shares', () => {
  it('comes to the report of an audit of all of it, to the last field', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryExports,
        fc.record({
          threads: fc.integer({ min: 1, max: 4 }),
          size: fc.integer({ min: 1, max: 9 }),
          here: fc.integer({ min: 2, max: 9 }),
          shares: fc.integer({ min: 1, max: 9 }),
        }),
        options,
        async (files, dealt, asked) => {
          const report = await byOne(files, asked);
          expect(reportOfShares(byShares(files, dealt, asked, 'rows'))).toEqual(report);
          expect(textOf(jsonOfShares(byShares(files, dealt, asked, 'json')))).toBe(textOf(auditJson(report)));
        },
      ),
      { numRuns: 150 },
    );
  });
});
