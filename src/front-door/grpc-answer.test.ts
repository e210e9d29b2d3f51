import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentEncoded } from './grpc-answer.js';

it('spells a message so that every decoder of percent signs reads it, in printable ASCII', () => {
  expect(percentEncoded('projects/p: 100% gone')).toBe('projects/p: 100%25 gone');
  expect(percentEncoded('見\n')).toBe('%E8%A6%8B%0A');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const spelled = percentEncoded(text);
      const read = decodeURIComponent(spelled) === text && decodeURI(spelled) === text;
      return read && /^[\x20-\x7e]*$/.test(spelled);
    }),
  );
});
