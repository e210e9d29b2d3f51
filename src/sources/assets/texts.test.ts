import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberedTexts, Numbering } from './texts.js';

/** Texts as JSON may hold them: with halves of pairs, which may stand where two texts meet. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '\u00e9', '\u3042', '\u{1f600}', '\ud83d', '\ude00', '\0') }),
  fc.constant(''),
);

describe('texts by numbers', () => {
  it('are what they were, in however many batches, half pairs of UTF-16 too', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.tuple(text, fc.boolean()))), (batches) => {
        const numbering = new Numbering();
        const numbered = new NumberedTexts();
        const given: [number, string][] = [];
        for (const batch of batches) {
          for (const [each, often] of batch)
            given.push([often ? numbering.of(each) : numbering.add(each), each]);
          numbered.add(structuredClone(numbering.fresh()));
        }
        for (const [number, each] of given) {
          expect(numbered.once(number)).toBe(each);
          expect(numbered.get(number)).toBe(each);
        }
      }),
    );
  });

  it('have one number as often as they come, but where they come once', () => {
    const numbering = new Numbering();
    expect([numbering.of('a'), numbering.of('b'), numbering.of('a'), numbering.add('a')]).toEqual([
      0, 1, 0, 2,
    ]);
    expect(numbering.of('a')).toBe(0);
    expect(numbering.fresh().ends).toHaveLength(3);
    expect(numbering.fresh().ends).toHaveLength(0);
  });

  it.each([-1, 2, 1000])('are empty where there is none: %d', (number) => {
    const numbering = new Numbering();
    const numbered = new NumberedTexts();
    expect(numbered.once(number)).toBe('');
    for (const each of ['a', 'b']) {
      numbering.of(each);
      numbered.add(numbering.fresh());
    }
    expect([numbered.once(number), numbered.get(number)]).toEqual(['', '']);
  });
});
