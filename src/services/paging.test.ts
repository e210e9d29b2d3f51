import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { page } from './paging.js';

describe('page', () => {
  it('gives every item once and in order, whatever the sizes of the pages', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 12 }),
        (keys, pageSize) => {
          const sorted = [...keys].sort();
          const seen: string[] = [];
          let pageToken = '';
          do {
            const { items, nextPageToken } = page(
              sorted,
              (key) => key,
              { pageSize, pageToken },
              { default: 7, max: 9 },
            );
            expect(items.length).toBeLessThanOrEqual(9);
            seen.push(...items);
            pageToken = nextPageToken;
          } while (pageToken !== '');
          expect(seen).toEqual(sorted);
        },
      ),
    );
  });

  it('knows the token of another query', () => {
    const asked = (query: string, pageToken = '') =>
      page(['b', 'd', 'f'], (key) => key, { pageSize: 1, pageToken, query }, { default: 2, max: 2 });
    const { nextPageToken } = asked('one');
    expect(asked('one', nextPageToken).items).toEqual(['d']);
    expect(() => asked('other', nextPageToken)).toThrow('Invalid page token.');
  });

  it('neither repeats nor hides an item when others come and go between the pages', () => {
    const limits = { default: 2, max: 2 };
    const first = page(['b', 'd', 'f'], (key) => key, { pageSize: 0, pageToken: '' }, limits);
    const second = page(
      ['a', 'b', 'e', 'f'],
      (key) => key,
      { pageSize: 0, pageToken: first.nextPageToken },
      limits,
    );
    expect([...first.items, ...second.items]).toEqual(['b', 'd', 'e', 'f']);
  });

  it('refuses negative sizes and tokens that it never gave', () => {
    const limits = { default: 2, max: 2 };
    for (const request of [
      { pageSize: -1, pageToken: '' },
      { pageSize: 1, pageToken: 'not a token' },
    ]) {
      expect(() => page(['a'], (key) => key, request, limits)).toThrow(
        expect.objectContaining({ status: 'INVALID_ARGUMENT' }),
      );
    }
  });
});
