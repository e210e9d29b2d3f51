import { describe, expect, it } from 'vitest';
import { affinityCookie, affinityOf } from './affinity.js';

const NOW = new Date('2026-01-01T00:00:00Z');

describe('session affinity', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['a=b', undefined],
    ['XGAESA=b', undefined],
    ['GAESA=b', 'b'],
    ['a=b; GAESA=c=d ; e=f', 'c=d'],
  ])('finds its cookie in %s', (cookie, found) => {
    expect(affinityOf(cookie === undefined ? {} : { cookie })).toBe(found);
  });

  it('gives the cookie to clients that have another one or none, for thirty days', () => {
    const cookie = 'GAESA=here; expires=Sat, 31 Jan 2026 00:00:00 GMT; path=/; HttpOnly';
    expect(affinityCookie(undefined, 'here', NOW)).toBe(cookie);
    expect(affinityCookie('there', 'here', NOW)).toBe(cookie);
    expect(affinityCookie('here', 'here', NOW)).toBeUndefined();
    expect(affinityCookie('here', undefined, NOW)).toBeUndefined();
  });
});
