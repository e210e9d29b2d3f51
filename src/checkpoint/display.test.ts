import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, wrap } from './display.js';

const text = fc
  .array(
    fc.constantFrom(
      'リポジトリ',
      'にロールなし',
      '（条件）',
      '、',
      'roles/run.admin',
      'a',
      '@',
      'service-1@x.iam',
      ' ',
    ),
    {
      maxLength: 20,
    },
  )
  .map((parts) => parts.join('').replace(/ +/g, ' ').trim());

describe('wrapping', () => {
  it('counts a Japanese character as two columns', () => {
    expect(displayWidth('ロール a')).toBe(8);
    expect(displayWidth('e\u0301')).toBe(1);
  });

  it('keeps every line within the width, and loses nothing but blanks', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 40 }), (line, width) => {
        const lines = wrap(line, width);
        for (const each of lines) expect(displayWidth(each)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
      }),
    );
  });

  it('breaks at blanks first, and long names behind their punctuation', () => {
    expect(wrap('no role on project myproject-a', 20)).toEqual(['no role on project', 'myproject-a']);
    expect(wrap('asia-northeast1-docker.pkg.dev/myproject-b', 20)).toEqual([
      'asia-northeast1-',
      'docker.pkg.dev/',
      'myproject-b',
    ]);
  });
});
