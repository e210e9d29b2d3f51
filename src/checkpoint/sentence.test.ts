import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gap, sentence } from './sentence.js';

const words = fc.stringMatching(/^[^\s]{1,30}$/);

describe('a sentence with gaps', () => {
  const give = sentence`Give ${gap('role')} to ${gap('member')}, ${'please'}.`;

  it('is found again, with what it was filled with, wherever it stands', () => {
    fc.assert(
      fc.property(words, words, (role, member) => {
        const said = give.say({ role, member });
        expect(give.find(said)).toEqual({ role, member });
        expect(give.find(`Before (1). ${said}\nAfter it.`)).toEqual({ role, member });
        expect(said).toContain(give.literal);
      }),
    );
  });

  it('is not found in the middle of words, nor with blanks in its gaps', () => {
    expect(give.find('ReGive a to b, please.')).toBeUndefined();
    expect(give.find('Give a to b, please.x')).toBeUndefined();
    expect(give.find('Give a b to c, please.')).toBeUndefined();
  });
});
