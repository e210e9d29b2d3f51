import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GoogleError } from '../../google/index.js';
import { CAST_TYPES, type Expression, joined, type Literal, type Operand, type Operator } from './ast.js';
import { parseFilter } from './parser.js';

/** A tree without offsets, for comparing. */
function bare(expression: Expression): unknown {
  return JSON.parse(JSON.stringify(expression, (key, value: unknown) => (key === 'at' ? undefined : value)));
}

const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** Writes a tree as a filter: the inverse of parsing. */
function print(expression: Expression): string {
  switch (expression.kind) {
    case 'all':
      return expression.terms.length === 0 ? '' : `(${expression.terms.map(print).join(' AND ')})`;
    case 'any':
      return `(${expression.terms.map(print).join(' OR ')})`;
    case 'not':
      return `NOT ${print(expression.term)}`;
    case 'text':
      return quote(expression.text);
    case 'compare':
      return `${printOperand(expression.operand)} ${expression.op} ${printLiteral(expression.value)}`;
    case 'present':
      return `${printOperand(expression.operand)}:*`;
    case 'log-id':
      return `log_id(${quote(expression.id)})`;
    case 'source':
      return `source(${quote(expression.resource)})`;
    case 'sample':
      return `sample(${printOperand(expression.operand)}, ${expression.fraction})`;
    case 'ip-in-net':
      return `ip_in_net(${printOperand(expression.operand)}, ${quote(expression.subnet)})`;
    case 'search':
      return expression.operand
        ? `SEARCH(${printOperand(expression.operand)}, ${quote(expression.query)})`
        : `SEARCH(${quote(expression.query)})`;
  }
}
function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'field':
      return operand.path.map((name) => (/^[a-z]+$/i.test(name) ? name : quote(name))).join('.');
    case 'cast':
      return `CAST(${printOperand(operand.of)}, ${operand.type})`;
    case 'extract':
      return `REGEXP_EXTRACT(${printOperand(operand.from)}, ${quote(operand.pattern)})`;
  }
}
const printLiteral = ({ text, quoted }: Literal): string => (quoted ? quote(text) : text);

const at = 0;
const name = fc.oneof(
  fc.constantFrom('severity', 'jsonPayload', 'labels', 'a/b', '@type', 'x.y'),
  fc.string({ minLength: 1 }),
);
const field: fc.Arbitrary<Operand> = fc
  .tuple(fc.constantFrom('severity', 'jsonPayload', 'labels'), fc.array(name, { maxLength: 3 }))
  .map(([head, rest]) => ({ kind: 'field', path: [head, ...rest], at }));
const operand: fc.Arbitrary<Operand> = fc.oneof(
  { weight: 4, arbitrary: field },
  fc.record({
    kind: fc.constant('cast' as const),
    of: field,
    type: fc.constantFrom(...CAST_TYPES),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant('extract' as const),
    from: field,
    pattern: fc.string(),
    at: fc.constant(at),
  }),
);
const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.record({ text: fc.string(), quoted: fc.constant(true) }),
  fc.record({
    text: fc.constantFrom('ERROR', '-5', '1.5', 'my-service', 'NULL_VALUE', 'a/b.c'),
    quoted: fc.constant(false),
  }),
);
const plainOps = ['=', '!=', '>', '<', '>=', '<=', ':'] as const satisfies readonly Operator[];
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: fc.string() }),
  fc.record({
    kind: fc.constant('compare' as const),
    operand,
    op: fc.constantFrom(...plainOps),
    value: literal,
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant('compare' as const),
    operand,
    op: fc.constantFrom('=~' as const, '!~' as const),
    value: fc.record({ text: fc.string(), quoted: fc.constant(true) }),
    at: fc.constant(at),
  }),
  fc.record({ kind: fc.constant('present' as const), operand }),
  fc.record({ kind: fc.constant('log-id' as const), id: fc.string() }),
  fc.record({ kind: fc.constant('source' as const), resource: fc.string(), at: fc.constant(at) }),
  fc.record({ kind: fc.constant('sample' as const), operand, fraction: fc.constantFrom(0, 0.25, 1) }),
  fc.record({ kind: fc.constant('ip-in-net' as const), operand, subnet: fc.string(), at: fc.constant(at) }),
  fc.record({ kind: fc.constant('search' as const), operand, query: fc.string(), at: fc.constant(at) }),
  fc.record({ kind: fc.constant('search' as const), query: fc.string(), at: fc.constant(at) }),
);
const tree = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc
      .tuple(
        fc.constantFrom('all' as const, 'any' as const),
        fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, terms]) => joined(kind, terms)),
    tie('expression').map((term): Expression => ({ kind: 'not', term })),
  ),
})).expression;

const same = (a: string, b: string): void => expect(bare(parseFilter(a))).toEqual(bare(parseFilter(b)));
const refusal = (filter: string): string => {
  try {
    parseFilter(filter);
  } catch (error) {
    if (error instanceof GoogleError && error.status === 'INVALID_ARGUMENT') return error.message;
    throw error;
  }
  throw new Error(`${filter} was taken`);
};

describe('parseFilter', () => {
  it('reads back every tree that is written out', () => {
    fc.assert(
      fc.property(tree, (expression) => {
        expect(bare(parseFilter(print(expression)))).toEqual(bare(expression));
      }),
      { numRuns: 500 },
    );
  });

  it('fails on no text otherwise than with INVALID_ARGUMENT', () => {
    const piece = fc.constantFrom(
      'a',
      '"',
      '(',
      ')',
      '-',
      '--',
      ' ',
      '\n',
      '=',
      ':',
      '*',
      'AND',
      'OR',
      'NOT',
      '.',
      ',',
      'CAST(',
      'SEARCH(',
      '\\',
      '=~',
      '5',
      '"x"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          parseFilter(pieces.join(''));
        } catch (error) {
          expect(error).toMatchObject({ name: 'GoogleError', status: 'INVALID_ARGUMENT' });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes an empty filter, and one of comments, for everything', () => {
    for (const filter of ['', ' \n\t', '-- nothing', '\n-- a\n-- b\n']) {
      expect(parseFilter(filter)).toEqual({ kind: 'all', terms: [] });
    }
  });

  it('binds NOT before OR before AND', () => {
    same('"a" OR NOT "b" AND NOT "c" OR "d"', '("a" OR (NOT "b")) AND ((NOT "c") OR "d")');
    same('a b OR c d', 'a AND (b OR c) AND d');
    same('NOT a OR b', '(NOT a) OR b');
  });

  it('joins what stands side by side or on lines of its own by AND', () => {
    same('severity=ERROR "text"', 'severity=ERROR AND "text"');
    same('resource.type = "x"\nseverity=ERROR\n\n"text"', 'resource.type="x" AND severity=ERROR AND "text"');
    same('a -- first\n AND -- then\n b', 'a AND b');
  });

  it('takes a minus right before a term for NOT', () => {
    same('-severity=ERROR', 'NOT severity=ERROR');
    same('a -"b" -(c OR d)', 'a AND NOT "b" AND NOT (c OR d)');
    same('severity=(ERROR -WARNING)', 'severity=ERROR AND NOT severity=WARNING');
  });

  it('leaves hyphens and minuses inside of values alone', () => {
    expect(parseFilter('jsonPayload.x=-5')).toMatchObject({ value: { text: '-5', quoted: false } });
    expect(parseFilter('resource.labels.service_name = my--service')).toMatchObject({
      value: { text: 'my--service' },
    });
    same('jsonPayload.x=(-5 OR 3)', 'jsonPayload.x=-5 OR jsonPayload.x=3');
  });

  it('spreads values in parentheses over their comparison', () => {
    same('severity=(ERROR OR WARNING)', 'severity=ERROR OR severity=WARNING');
    same('textPayload:(a AND NOT b OR c)', 'textPayload:a AND (NOT textPayload:b OR textPayload:c)');
    same('textPayload:("a b" c)', 'textPayload:"a b" AND textPayload:c');
    same('labels.x=~("a" OR "b")', 'labels.x=~"a" OR labels.x=~"b"');
  });

  it('takes a value after OR for a text of its own', () => {
    same('insertId = "ABC-1" OR "ABC-2"', '(insertId = "ABC-1") OR ("ABC-2")');
  });

  it('reads quoted parts of paths', () => {
    const path = (filter: string) => parseFilter(filter);
    expect(path('labels."a/b.c"=x')).toMatchObject({ operand: { path: ['labels', 'a/b.c'] } });
    expect(path('protoPayload."@type"."x".y:*')).toMatchObject({
      operand: { path: ['protoPayload', '@type', 'x', 'y'] },
    });
    expect(path('protoPayload.@type=x')).toMatchObject({ operand: { path: ['protoPayload', '@type'] } });
  });

  it('resolves escapes, and keeps the backslashes of regular expressions', () => {
    expect(parseFilter(String.raw`"a\"b\\c\nd\x41\u00e9\101\d"`)).toEqual({
      kind: 'text',
      text: 'a"b\\c\ndAéA\\d',
    });
    expect(parseFilter(String.raw`textPayload=~"\bfoo\.bar\\.\"x\""`)).toMatchObject({
      value: { text: String.raw`\bfoo\.bar\."x"` },
    });
    expect(parseFilter('resource.type=\'a "b"\'')).toMatchObject({ value: { text: 'a "b"' } });
  });

  it.each([
    ['severity=', "line 1, column 10, token '<EOF>': expected a value"],
    ['insertId = abc:def', "line 1, column 15, token ':': expected a blank after the value"],
    ['severity >= ERROR AND', "line 1, column 22, token '<EOF>': expected a field or a value"],
    ['severity=ERROR\n  OR )', "line 2, column 6, token ')': expected a field or a value"],
    ['(a OR b', "line 1, column 8, token '<EOF>': expected ')'"],
    ['a)', "line 1, column 2, token ')': expected AND, OR, or the end of the filter"],
    ['textPayload = "abc', `line 1, column 15, token '"': expected a closing "`],
    ['textPayload=a*', "line 1, column 14, token '*': expected a blank after the value"],
    ['severity=*', "token '*': expected a value ('*' stands only after ':')"],
    ['textPayload=~foo', "line 1, column 14, token 'foo': expected a regular expression in double quotes"],
    ["textPayload=~'foo'", 'expected a regular expression in double quotes'],
    ['= 3', "line 1, column 1, token '=': expected a field or a value before the operator"],
    ['a..b=3', "line 1, column 1, token 'a..b': expected a field without empty names"],
    ['labels."a"', "token '<EOF>': expected a comparison operator"],
    ['CAST(labels.a, INT64)', "token '<EOF>': expected a comparison operator"],
    ['CAST(labels.a, INT32) = 1', "token 'INT32': expected one of STRING, INT64"],
    ['sample(insertId, 2)', "token '2': expected a fraction between 0 and 1"],
    ['a - b', "line 1, column 5, token 'b': expected a term right after the minus"],
    ['AND a', "token 'AND': expected a field or a value"],
    ['a;b', "line 1, column 2, token ';': expected text with this character in quotes"],
  ])('says where %j goes wrong and what was expected', (filter, message) => {
    const text = refusal(filter);
    expect(text).toContain('Unparseable filter: syntax error at line ');
    expect(text).toContain(message);
  });

  it('names functions it does not know', () => {
    expect(refusal('a AND foo("x")')).toBe("Unparseable filter: unknown function 'foo' at line 1, column 7");
  });

  it('refuses filters that are too long or too deep', () => {
    expect(refusal(`"${'a'.repeat(20_000)}"`)).toContain('longer than 20000 characters');
    expect(refusal('('.repeat(19_000))).toContain('levels of nesting');
    expect(refusal(`${'NOT '.repeat(4_000)}a`)).toContain('levels of nesting');
    expect(refusal(`${'CAST('.repeat(3_000)}a`)).toContain('levels of nesting');
  });
});
