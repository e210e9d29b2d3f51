import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter, MAX_LINE_BYTES } from './output-lines.js';

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

it('delivers the lines that were written, however the bytes arrive', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((each) => !each.includes('\n'));
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 7 }), (lines, size) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const chunks = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(split(chunks)).toEqual(lines);
    }),
  );
});

it('delivers a last line without a newline, and nothing after a newline', () => {
  expect(split([Buffer.from('a\n\nb')])).toEqual(['a', '', 'b']);
  expect(split([Buffer.from('a\n')])).toEqual(['a']);
});

it('cuts long lines between characters, losing none', () => {
  for (const shift of [0, 1, 2, 3]) {
    const text = `${'x'.repeat(shift)}${'漢😀'.repeat(30_000)}`;
    const lines = split([Buffer.from(text), Buffer.from('\nnext')]);
    expect(lines.slice(0, -1).join('')).toBe(text);
    expect(lines.at(-1)).toBe('next');
    expect(Math.max(...lines.map((each) => Buffer.byteLength(each)))).toBeLessThanOrEqual(MAX_LINE_BYTES);
  }
});

it('takes a line of exactly the limit as one', () => {
  const text = 'x'.repeat(MAX_LINE_BYTES);
  expect(split([Buffer.from(text), Buffer.from('\ny\n')])).toEqual([text, 'y']);
});

it('marks bytes that are not UTF-8', () => {
  expect(split([Buffer.from([0x61, 0xff, 0x0a])])).toEqual(['a\uFFFD']);
});
