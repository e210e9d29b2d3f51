// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL's templates
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeAt, readHcl } from './hcl.js';

const TEXT = [
  '// resource "a" "comment" {}',
  'resource "a" "one" { count = 2 }',
  'resource a "two" {',
  '  text = "a } { ${"nested ${var.x} }"} \\" $${not}" # comment',
  '  list = [',
  '    "x", # ]',
  '    b.c,',
  '  ]',
  '  long = <<EOT',
  '  resource "a" "heredoc" {',
  'EOT',
  '  inner {',
  '    image = var.image // tail',
  '  }',
  '  inner { image = "second" }',
  '}',
  '',
].join('\n');

describe('reading the blocks of a configuration', () => {
  const blocks = readHcl(TEXT);

  it('finds resources and no comments, strings or heredocs', () => {
    expect(blocks.map(({ type, labels, line }) => [type, ...labels, line])).toEqual([
      ['resource', 'a', 'one', 2],
      ['resource', 'a', 'two', 3],
    ]);
  });

  it.each([
    [['text'], 4, '"a } { ${"nested ${var.x} }"} \\" $${not}"'],
    [['inner', 0, 'image'], 13, 'var.image'],
    [['inner', 1, 'image'], 15, '"second"'],
  ] as const)('finds the attribute %j', (path, line, text) => {
    const block = blocks[1];
    expect(block && attributeAt(block, path)).toMatchObject({ line, text });
  });

  it('ends on any text', () => {
    const piece = fc.constantFrom(
      '"',
      '{',
      '}',
      '${',
      '<<EOT\n',
      'EOT',
      '\n',
      '/*',
      '*/',
      '#',
      'a',
      '=',
      ' ',
      '[',
      ']',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => Array.isArray(readHcl(pieces.join('')))),
    );
  });
});
