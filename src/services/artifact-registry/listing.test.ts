import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Listed, type Listing, listed } from './listing.js';

interface Thing {
  readonly name: string;
  readonly size: number;
}

const LISTING: Listing<Thing> = {
  key: ({ name }) => name,
  orders: { size_bytes: ({ size }) => size },
  filters: { name: ({ name }) => [`repositories/r/files/${name}`] },
};
const THINGS: readonly Thing[] = [
  { name: 'b', size: 1 },
  { name: 'a', size: 2 },
  { name: 'c', size: 2 },
];

const names = (request: { filter?: string; orderBy?: string }) =>
  listed(THINGS, LISTING, { pageSize: 0, pageToken: '', ...request }).items.map(({ name }) => name);

describe('a list', () => {
  it.each([
    ['', ['a', 'b', 'c']],
    ['size_bytes', ['b', 'a', 'c']],
    ['sizeBytes desc', ['a', 'c', 'b']],
    ['SIZE_BYTES DESC', ['a', 'c', 'b']],
  ])('is ordered by %j', (orderBy, expected) => {
    expect(names({ orderBy })).toEqual(expected);
  });

  it.each([
    ['name="repositories/r/files/a"', ['a']],
    ['name = repositories/r/files/A', ['a']],
    ['name="*"', ['a', 'b', 'c']],
    ['name="*/b"', ['b']],
    ['name="repositories/./files/a"', []],
  ])('is filtered by %s', (filter, expected) => {
    expect(names({ filter })).toEqual(expected);
  });

  it.each([{ orderBy: 'colour' }, { orderBy: 'size_bytes, name' }, { orderBy: 'toString' }])(
    'is not ordered by %j',
    (request) => {
      expect(() => names(request)).toThrow('Invalid order_by');
    },
  );

  it.each([{ filter: 'colour=red' }, { filter: 'annotations.x:y' }, { filter: 'name="a" OR name="b"' }])(
    'is not filtered by %j',
    (request) => {
      expect(() => names(request)).toThrow('Invalid filter');
    },
  );

  it('comes whole and in order page by page, whatever the order and the size of the pages', () => {
    const thing = fc.record({ name: fc.string(), size: fc.integer() });
    const things = fc.uniqueArray(thing, { selector: ({ name }) => name });
    const orders = fc.constantFrom('', 'size_bytes', 'size_bytes desc');
    fc.assert(
      fc.property(things, orders, fc.integer({ min: 1, max: 5 }), (all, orderBy, pageSize) => {
        const whole = listed(all, LISTING, { orderBy, pageSize: 0, pageToken: '' }).items;
        const paged: Thing[] = [];
        for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
          const page: Listed<Thing> = listed(all, LISTING, { orderBy, pageSize, pageToken });
          paged.push(...page.items);
          pageToken = page.nextPageToken || undefined;
        }
        expect(paged).toEqual(whole);
      }),
    );
  });

  it('goes on where it ended, whatever came and went meanwhile', () => {
    const first = listed(THINGS, LISTING, { pageSize: 2, pageToken: '' });
    const changed = [...THINGS.filter(({ name }) => name !== 'b'), { name: 'aa', size: 1 }];
    const second = listed(changed, LISTING, { pageSize: 2, pageToken: first.nextPageToken });
    expect(second).toMatchObject({ items: [{ name: 'c' }], nextPageToken: '' });
  });

  it('refuses tokens of another list, garbage, and negative sizes', () => {
    const { nextPageToken } = listed(THINGS, LISTING, { pageSize: 1, pageToken: '' });
    for (const pageToken of [nextPageToken, 'garbage', Buffer.from('[]').toString('base64url')]) {
      const request = { pageSize: 1, pageToken, orderBy: 'size_bytes' };
      expect(() => listed(THINGS, LISTING, request)).toThrow('Invalid page token.');
    }
    expect(() => listed(THINGS, LISTING, { pageSize: -1, pageToken: '' })).toThrow('must not be negative');
  });
});
