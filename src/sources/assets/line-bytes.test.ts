import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINE_SEPARATOR } from '../../checkpoint/reports/index.js';
import { Lines } from './line-bytes.js';

/** Long enough for a few of them to fill a piece, and now and then longer than one. */
const line = fc
  .tuple(
    fc.constantFrom('a', '\u00e9', '\u3042', '\u{1f600}', '{"k":"v"}'),
    fc.oneof(fc.nat(20), fc.nat(40_000), fc.integer({ min: 90_000, max: 300_000 })),
  )
  .map(([text, times]) => `x${text.repeat(times / text.length)}`);

const textOf = (pieces: readonly Uint8Array[]) =>
  pieces.map((piece) => Buffer.from(piece).toString()).join(LINE_SEPARATOR);

describe('lines as bytes', () => {
  it('are the lines, parted as they are, wherever pieces end', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (all) => {
        const lines = new Lines();
        for (const each of all) lines.add(each);
        const pieces = lines.taken();
        expect(textOf(pieces) === all.join(LINE_SEPARATOR)).toBe(true);
        expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(pieces.length);
      }),
      { numRuns: 40 },
    );
  });

  it('are none where none came in, and none twice', () => {
    const lines = new Lines();
    expect(lines.taken()).toEqual([]);
    lines.add('{}');
    expect(textOf(lines.taken())).toBe('{}');
    expect(lines.taken()).toEqual([]);
  });
});
