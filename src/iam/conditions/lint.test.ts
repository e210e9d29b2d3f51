import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCondition } from './check.js';
import { lintCondition } from './lint.js';

const NOW = new Date('2026-01-15T12:00:00Z');
const lint = (expression: string) => lintCondition({ title: 'a title', expression }, NOW);

describe('lintCondition', () => {
  it.each(['1 < 2', 'request.time < timestamp("2030-01-01T00:00:00Z")', "resource.hasTagKey('1/env')"])(
    'finds nothing wrong with %s',
    (expression) => {
      expect(lint(expression)).toEqual([]);
    },
  );

  it('points at what does not compile, and says which check it could not make', () => {
    expect(lint('true=false')).toEqual([
      {
        unit: 'ConditionCompileCheck',
        severity: 'ERROR',
        field: 'condition.expression',
        offset: 4,
        message: expect.stringMatching(
          /^ERROR: Parse expression:1:4: .*\n {2}\| true=false\n {2}\| \.{4}\^$/,
        ),
      },
      {
        unit: 'ConditionComplexityCheck',
        severity: 'NOTICE',
        field: 'condition.expression',
        message: 'The validation unit is skipped due to absence of a required object: CheckedExpr',
      },
    ]);
  });

  it('points at an attribute that there is not, in the line in which it stands', () => {
    expect(lint('true &&\n  user == "x"')[0]).toMatchObject({
      offset: 10,
      message: expect.stringMatching(/^ERROR: Parse expression:2:2: undeclared reference to 'user'/),
    });
  });

  it.each<[string, string, string, number, RegExp]>([
    [
      "request.time < timestamp('2000-01-01T00:00:00Z')",
      'WARNING',
      'DateTimeCheck',
      25,
      /^Ineffective date time value 2000-01-01T00:00:00\+00:00 parsed from "2000-01-01T00:00:00Z"; condition is effectively False\. Time expired already\.$/,
    ],
    ["request.time > date('2000-01-01')", 'WARNING', 'DateTimeCheck', 20, /effectively True/],
    ["timestamp('2000-01-01T00:00:00Z') > request.time", 'WARNING', 'DateTimeCheck', 10, /effectively False/],
    [
      "request.time < timestamp('next week')",
      'WARNING',
      'DateTimeCheck',
      25,
      /^Invalid date time value "next week"/,
    ],
    [
      'request.time.getMonth() > 13',
      'WARNING',
      'DateTimeRangeCheck',
      26,
      /^The value being compared to the specified timestamp function \(getMonth\) must be in range \[0, 11\]\.$/,
    ],
    [
      "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', ['roles/viewer']).hasOnly(['roles/editor'])",
      'ERROR',
      'DrgGetAttributeDefaultValueCheck',
      60,
      /can only accept empty list \('\[\]'\) as default value\.$/,
    ],
    [
      "api.getAttribute('somekey', []).hasOnly([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])",
      'ERROR',
      'HasOnlyListLengthCheck',
      39,
      /^The list argument to hasOnly\(\) cannot have more than 10 elements$/,
    ],
    [
      "resource.service == 'resourcemanager'",
      'WARNING',
      'ResourceServiceLiteralCheck',
      20,
      /is not supported/,
    ],
    [
      "resource.type == 'resourcemanager.projects'",
      'WARNING',
      'ResourceTypeLiteralCheck',
      17,
      /is not supported/,
    ],
    [
      "'accessPolicies/123/accesslevels/TRUSTED' in request.auth.access_levels",
      'WARNING',
      'RestrictedAttributesCheck',
      57,
      /^Condition attribute `request\.auth\.access_levels` is restricted or unsupported/,
    ],
  ])('says of %s as Google documents it: %s %s', (expression, severity, unit, offset, message) => {
    expect(lint(expression)).toEqual([
      { severity, unit, offset, field: 'condition.expression', message: expect.stringMatching(message) },
    ]);
  });

  it('finds comparisons that no time can satisfy together', () => {
    expect(lint('request.time.getMonth() > 5 && request.time.getMonth() < 4')).toEqual([
      {
        severity: 'WARNING',
        unit: 'EffectiveTimeRangeCheck',
        field: 'condition.expression',
        message: 'The aggregate of time functions [getMonth] results in empty ranges.',
      },
    ]);
    expect(lint('request.time.getMonth() > 5 && request.time.getMonth() < 7')).toEqual([]);
    expect(lint('request.time.getMonth() > 5 || request.time.getMonth() < 4')).toEqual([]);
  });

  it('counts logical operators, and misses a title', () => {
    const long = new Array(14).fill('1 < 2').join(' || ');
    expect(lintCondition({ title: '', expression: long }, NOW)).toMatchObject([
      { unit: 'ConditionTitleCheck', severity: 'ERROR', field: 'condition.title' },
      {
        unit: 'ConditionComplexityCheck',
        message: expect.stringMatching(/^Logical operators count must not be more than 12/),
      },
    ]);
  });

  it('finds an error wherever setIamPolicy refuses an expression, and nowhere else', () => {
    const token = fc.constantFrom(
      ...[
        'request.time',
        'resource.name',
        '&&',
        '!',
        '(',
        ')',
        '<',
        '==',
        '"a"',
        '1',
        'true',
        'date("2026-01-01")',
      ],
      ...["resource.hasTagKey('1/a')", 'api', '.hasOnly', '[', ']', 'in', '\n'],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
        const expression = tokens.join(' ');
        const errors = lint(expression).filter(({ severity }) => severity === 'ERROR');
        expect(errors.length > 0).toBe(!checkCondition(expression).ok);
      }),
      { numRuns: 500 },
    );
  });
});
