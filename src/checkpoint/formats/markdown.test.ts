import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdown } from './index.js';
import { block, code, prose, tableOf } from './markdown-text.js';
import { anyChecks, checksOf, crossProject, fault, granted } from './testing-reports.js';

describe('Markdown', () => {
  it.each(['en', 'ja'] as const)(
    'shows what is wrong and what mends it, the rest folded away, in %s',
    async (lang) => {
      expect(markdown(checksOf([await crossProject()], [fault]), { lang })).toMatchSnapshot();
    },
  );

  it('says that all is well', async () => {
    const text = markdown(checksOf([await granted()]));
    expect(text).toContain('## ✓ Cloud Run checkpoint: Everything needed is granted');
    expect(text).not.toContain('To mend it');
  });

  it('says that there is nothing to check', () => {
    expect(markdown(checksOf([]))).toBe('## There is no deploy to check.\n');
  });

  it('leaves out what is folded first, and then what stands last, where it does not fit', async () => {
    const checks = checksOf(
      Array.from(
        { length: 50 },
        await (
          async (report) => () =>
            report
        )(await crossProject()),
      ),
    );
    const text = markdown(checks, { limit: 20_000 });
    expect(text.length).toBeLessThanOrEqual(20_000);
    expect(text).not.toContain('<details>');
    expect(text).toContain('the whole is in the report');
  });

  it('lets no name out of its cell, its code or its prose', () => {
    fc.assert(
      fc.property(anyChecks, (checks) => {
        const text = markdown(checks);
        const rows = text.split('\n').filter((line) => line.startsWith('|'));
        // Bars that are not escaped are the borders of five cells.
        for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
        const shown = text
          .replace(/^(`{3,})[^`\n]*\n[\s\S]*?\n\1$/gm, '')
          .replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
        expect(shown.match(/<(?!\/?(?:br|sub|details|summary)>)/)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
});

describe('text of strangers in Markdown', () => {
  it.each([
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['a|b', '`a\\|b`'],
    ['a\nb', '`a b`'],
    ['', ''],
  ])('code of %j is %j', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  it('escapes what calls people, makes links or tags', () => {
    expect(prose('<b> @octocat [x](https://example.com) a_b')).toBe(
      '&lt;b&gt; &#64;octocat \\[x\\](https&#58;//example.com) a\\_b',
    );
  });

  it('fences blocks with more backticks than they hold', () => {
    expect(block('```\nx', 'sh')).toBe('````sh\n```\nx\n````');
    expect(tableOf(['a'], [['b']])).toBe('| a |\n| --- |\n| b |');
  });
});
