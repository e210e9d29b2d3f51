import fc from 'fast-check';
import { expect, it } from 'vitest';
import { grouped } from './grouped.js';

it('writes counts as the platform does', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (count) => {
      expect(grouped(count)).toBe(count.toLocaleString('en-US'));
    }),
  );
});
