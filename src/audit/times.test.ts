import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalTime, displayTime, durationNanos, durationText } from './times.js';

describe('timestamps', () => {
  it('read back every time of the years 1 to 9999', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (value) => {
        const canonical = canonicalTime(value.toISOString());
        expect(canonical).toHaveLength(30);
        expect(new Date(displayTime(canonical ?? '')).getTime()).toBe(value.getTime());
      }),
    );
  });

  it('sort as text in the order of time', () => {
    const date = fc.date({
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, date, (a, b) => {
        const [x = '', y = ''] = [canonicalTime(a.toISOString()), canonicalTime(b.toISOString())];
        expect(x < y).toBe(a < b);
      }),
    );
  });

  it.each([
    ['2025-01-15', '2025-01-15T00:00:00.000000000Z', '2025-01-15T00:00:00Z'],
    ['2025-01-15T10:20', '2025-01-15T10:20:00.000000000Z', '2025-01-15T10:20:00Z'],
    ['2025-01-15t10:20:30.5z', '2025-01-15T10:20:30.500000000Z', '2025-01-15T10:20:30.500Z'],
    ['2025-01-15T00:20:30.123456+09:00', '2025-01-14T15:20:30.123456000Z', '2025-01-14T15:20:30.123456Z'],
    [
      '2024-02-29T00:00:00.123456789-0130',
      '2024-02-29T01:30:00.123456789Z',
      '2024-02-29T01:30:00.123456789Z',
    ],
  ])('take %s', (text, canonical, display) => {
    expect(canonicalTime(text)).toBe(canonical);
    expect(displayTime(canonical)).toBe(display);
  });

  it.each([
    '',
    'now',
    '2025',
    '2025-13-01',
    '2025-02-29',
    '2025-01-01T24:00:00Z',
    '2025-01-01T00:00:60Z',
    '0000-01-01',
    '0001-01-01T00:00:00+01:00',
    '2025-01-01T00:00:00+1',
    ' 2025-01-01',
  ])('are not made of %j', (text) => {
    expect(canonicalTime(text)).toBeUndefined();
  });
});

describe('durations', () => {
  it.each([
    ['1.5s', 1.5e9],
    ['250ms', 250e6],
    ['1h30m', 5400e9],
    ['-2s', -2e9],
    ['3ns', 3],
  ])('take %s', (text, nanos) => expect(durationNanos(text)).toBe(nanos));

  it.each(['', '5', 's', '1.s', '1d', '1s '])('are not made of %j', (text) => {
    expect(durationNanos(text)).toBeUndefined();
  });

  it('are written as proto JSON writes them', () => {
    expect([0, 12, 1500, 0.25, -1500].map(durationText)).toEqual([
      '0s',
      '0.012s',
      '1.500s',
      '0.000250s',
      '-1.500s',
    ]);
  });
});
