import { describe, expect, it } from 'vitest';
import { checkCondition } from './check.js';

describe('checkCondition', () => {
  it.each([
    'true',
    'request.time < timestamp("2030-01-01T00:00:00.000Z")',
    'request.time.getHours("Europe/Berlin") >= 9 && request.time.getHours("Europe/Berlin") <= 17',
    'request.time.getDayOfWeek("Europe/Berlin") in [1, 2, 3, 4, 5]',
    'request.time > date("2026-01-01") + duration("90s")',
    'request.time - timestamp("2026-01-01T00:00:00Z") > duration("1h")',
    'resource.type == "storage.googleapis.com/Bucket" || resource.name.startsWith("projects/_/buckets/x")',
    'resource.name.extract("projects/{p}/") != "" ? resource.service == "a" : !resource.name.endsWith("b")',
    'resource.service in ["a", "b"]',
    'has({}.jitAccessConstraint)',
    '-1 < 2 && 3 * 4 / 2 % 5 == 1',
    "resource.matchTag('1/env', 'prod') && !resource.hasTagKey('1/other')",
    "resource.matchTagId('tagKeys/1', 'tagValues/2') || resource.hasTagKeyId('tagKeys/1')",
    "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/viewer'])",
    "api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('a')",
    '"accessPolicies/1/accessLevels/x" in request.auth.access_levels',
    'request.path.startsWith("/admin") && request.host == "x.example.com"',
    'destination.ip == "10.0.0.1" && destination.port == 22',
  ])('accepts %s', (expression) => {
    expect(checkCondition(expression)).toEqual({ ok: true });
  });

  it.each([
    ['', /Parse expression:1:/],
    ['request.time <', /Parse expression:1:/],
    ['"unclosed', /Parse expression:1:/],
    ['resource.name.matches("x.*")', /undeclared reference to 'matches' \(in container ''\)/],
    ['resource.name.contains("x")', /undeclared reference to 'contains'/],
    ['resource.nmae == "x"', /undeclared reference to 'resource.nmae'/],
    ['user == "x"', /undeclared reference to 'user'/],
    ['resource == "x"', /undeclared reference to 'resource'/],
    ['request.time < "2030-01-01"', /no matching overload for '_<_' applied to '\(timestamp, string\)'/],
    ['request.time.getHours(1) == 1', /no matching overload for 'getHours' applied to 'timestamp.\(int\)'/],
    ['resource.type == 1', /no matching overload for '_==_' applied to '\(string, int\)'/],
    ['resource.name && true', /no matching overload for '_&&_'/],
    ['true ? 1 : "x"', /no matching overload for '_\?_:_'/],
    ['[1].exists(x, x == 1)', /macros/],
    ['has(resource.name)', /has\(\)/],
    ['{"a": 1}["a"] == 1', /maps cannot be built/],
    ['request.time', /expected type 'bool' but found 'timestamp'/],
    ['"yes"', /expected type 'bool' but found 'string'/],
    ["resource.matchTag('1/env')", /no matching overload for 'matchTag' applied to 'resource.\(string\)'/],
    ['resource.hasTagKey(1)', /no matching overload for 'hasTagKey' applied to 'resource.\(int\)'/],
    ["resource.name.matchTag('1/env', 'prod')", /undeclared reference to 'matchTag'/],
    ["api.getAttribute('x') == 1", /no matching overload for 'getAttribute'/],
    ["api.getAttribute(resource.name, '') == ''", /no matching overload for 'getAttribute'/],
    ["api.getAttribute('x', '') == 1", /no matching overload for '_==_'/],
    ["['a'].hasOnly('a')", /no matching overload for 'hasOnly'/],
  ])('refuses %s as invalid', (expression, message) => {
    const check = checkCondition(expression);
    expect(check).toMatchObject({ ok: false, status: 'INVALID_ARGUMENT' });
    if (!check.ok) expect(check.message).toMatch(message);
    if (!check.ok) expect(check.message).toMatch(/^LintValidationUnits\/ConditionCompileCheck Error: /);
  });

  it.each([
    [
      "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', ['roles/viewer']).hasOnly(['a'])",
      'DrgGetAttributeDefaultValueCheck',
    ],
    ["api.getAttribute('x', []).hasOnly(['a', resource.name])", 'HasOnlyListConstCheck'],
    ["api.getAttribute('x', []).hasOnly([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])", 'HasOnlyListLengthCheck'],
    ['principal.type == "x"', 'RestrictedAttributesCheck'],
    ['principal.subject.endsWith("x") || true', 'RestrictedAttributesCheck'],
  ])('refuses %s by %s', (expression, unit) => {
    const check = checkCondition(expression);
    if (check.ok) throw new Error('it was taken');
    expect(check.message.startsWith(`LintValidationUnits/${unit} Error: `)).toBe(true);
  });

  it.each([
    ['parentheses', `${'('.repeat(20_000)}true${')'.repeat(20_000)}`],
    ['a sum', `${'1+'.repeat(50_000)}1 == 1`],
    ['selections', `a${'.a'.repeat(50_000)}`],
  ])('refuses %s nested beyond all measure, without falling over', (_, expression) => {
    expect(checkCondition(expression)).toMatchObject({ ok: false, status: 'INVALID_ARGUMENT' });
  });

  it('refuses a condition without a title', () => {
    expect(checkCondition({ title: ' ', expression: 'true' })).toMatchObject({ ok: false });
    expect(checkCondition({ title: 't', expression: 'true' })).toEqual({ ok: true });
  });

  it('allows twelve logical operators and no more', () => {
    const ands = (n: number) =>
      Array(n + 1)
        .fill('true')
        .join(' && ');
    expect(checkCondition(ands(12))).toEqual({ ok: true });
    expect(checkCondition(ands(13))).toMatchObject({ ok: false, status: 'INVALID_ARGUMENT' });
  });
});
