import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runResourceName } from '../../names/index.js';
import { auditJson, jsonOf, rowLines } from './json.js';
import type { AuditPoint, AuditReport, AuditRow, AuditTarget } from './types.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\u2028', '\u3042', '\u{1f600}', '\ud800') }),
);
const deployer = fc.oneof(text, fc.constantFrom('user:alice@example.com', 'user:"bob"@example.com'));

const target: fc.Arbitrary<AuditTarget> = fc
  .tuple(fc.constantFrom('service' as const, 'job' as const), text)
  .map(([kind, name]) => ({
    ...{ resource: runResourceName(kind, 'app', 'us-central1', name), kind, name },
    ...{ project: 'app', location: 'us-central1' },
  }));

const point: fc.Arbitrary<AuditPoint> = fc.record(
  {
    id: fc.constant('deployer-deploys'),
    moment: fc.constant('admission' as const),
    effect: fc.constant('refuses' as const),
    verdict: fc.constantFrom('denied' as const, 'unknown' as const),
    principal: text,
    reasons: fc.array(text, { maxLength: 2 }),
    message: text,
  },
  { requiredKeys: ['id', 'moment', 'effect', 'verdict', 'reasons'] },
);

/** Rows of a few resources, of which many share a target, a deployer or a point, as those of audits do. */
const rows: fc.Arbitrary<readonly AuditRow[]> = fc
  .record({
    targets: fc.array(target, { minLength: 1, maxLength: 3 }),
    deployers: fc.array(deployer, { minLength: 1, maxLength: 3 }),
    points: fc.array(point, { minLength: 1, maxLength: 3 }),
  })
  .chain(({ targets, deployers, points }) =>
    fc.array(
      fc
        .record({
          target: fc.constantFrom(...targets),
          deployer: fc.constantFrom(...deployers),
          first: fc.option(fc.constantFrom(...points), { nil: undefined }),
          counts: fc.tuple(fc.nat(), fc.nat()),
        })
        .map(
          ({ first, counts: [denied, unknown], ...about }): AuditRow =>
            first === undefined
              ? { ...about, verdict: 'granted', denied, unknown }
              : { ...about, verdict: first.verdict, first, denied, unknown },
        ),
      { maxLength: 20 },
    ),
  );

const NONE = { granted: 0, denied: 0, unknown: 0 };
const report = fc.record({ rows, why: text }).map(
  ({ rows: made, why }): AuditReport => ({
    schema: 'sekisho.audit/1',
    source: 'export.json',
    time: '2025-06-01T12:00:00.000Z',
    verdict: 'granted',
    totals: {
      ...{ projects: 1, resources: NONE, withoutDeployer: 0, deployers: 0, rows: NONE },
      kinds: { service: NONE, job: NONE, workerPool: NONE },
    },
    requirements: [],
    findings: [],
    rows: made,
    notes: [{ kind: 'unknown', why, rows: 1 }],
  }),
);

describe('the report of an audit as JSON', () => {
  it('parses to the report, whatever texts are in it', () => {
    fc.assert(
      fc.property(report, (made) => {
        expect(JSON.parse([...auditJson(made)].join(''))).toEqual(made);
      }),
    );
  });

  it('has each row on a line of its own, as it is written by itself', () => {
    fc.assert(
      fc.property(report, (made) => {
        const [, body = ''] = [...auditJson(made)].join('').split('\n  "rows": [\n');
        const lines = body.split('\n').slice(0, made.rows.length);
        expect(lines.map((line) => line.trim().replace(/,$/, ''))).toEqual(
          made.rows.map((row) => JSON.stringify(row)),
        );
      }),
    );
  });

  it('is the same of rows that were written in parts, some of them empty', () => {
    fc.assert(
      fc.property(
        report,
        fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
        ({ rows: all, ...summary }, cuts) => {
          const ends = [...cuts.map((cut) => Math.min(cut, all.length)), all.length].sort((a, b) => a - b);
          const parts = ends.map((end, index) => [...rowLines(all.slice(ends[index - 1] ?? 0, end))]);
          expect([...jsonOf(summary, parts)].join('')).toBe(
            [...auditJson({ ...summary, rows: all })].join(''),
          );
        },
      ),
    );
  });
});
