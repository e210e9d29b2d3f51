import { describe, expect, it } from 'vitest';
import { parseLines } from './lines.js';

const of = (values: readonly unknown[]) =>
  Buffer.from(values.map((value) => JSON.stringify(value)).join('\n'));

describe('lines that are parsed together', () => {
  it.each([
    ['ASCII', 'a'],
    ['more than ASCII', '\u3042\u00e9'],
    ['more than memory is kept for', 'a'.repeat(300_000)],
  ])('come to a value each: %s', (_, text) => {
    const values = [{ text }, [1, 2], 'x', { text }];
    const batch = of(values);
    const before = Buffer.from(batch);
    expect(parseLines(batch)).toEqual(values);
    expect(batch.equals(before)).toBe(true);
  });

  it('come to nothing of those before them', () => {
    expect(parseLines(of([{ long: 'a'.repeat(1000) }]))).toHaveLength(1);
    expect(parseLines(of([1, 2]))).toEqual([1, 2]);
  });

  it.each([
    ['a blank line', '{}\n\n{}'],
    ['no JSON', '{}\n{'],
    ['a value over two lines', '{"a":\n1}'],
    ['two values in a line', '{},{}\n{}'],
    ['brackets that would close the array', '{}]\n[{}'],
    ['nothing', ''],
  ])('are none with %s', (_, text) => {
    expect(parseLines(Buffer.from(text))).toBeUndefined();
  });

  it('are none where they are not UTF-8', () => {
    expect(parseLines(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined();
  });
});
