import { describe, expect, it } from 'vitest';
import { type DenyRule, denyLimitProblems, denyPolicyProblems, isDenyPolicyId } from './index.js';

const ALL = 'principalSet://goog/public:all';
const ALICE = 'principal://goog/subject/alice@example.com';
const rule: DenyRule = {
  deniedPrincipals: [ALL],
  exceptionPrincipals: [ALICE],
  deniedPermissions: ['run.googleapis.com/services.*'],
  exceptionPermissions: ['run.googleapis.com/services.get'],
};
const where = (expression: string) => ({ denialCondition: { title: 'where', expression } });
const problemsOf = (change: Partial<DenyRule>) =>
  denyPolicyProblems({ displayName: '', annotations: {}, rules: [{ ...rule, ...change }] }).map(
    ({ status, message }) => `${status} ${message}`,
  );

describe('a deny policy', () => {
  it.each([
    {},
    where("resource.matchTag('123/env', 'test')"),
    where(
      "!resource.matchTagId('tagKeys/1', 'tagValues/2') && (resource.hasTagKey('1/a') || !resource.hasTagKeyId('tagKeys/1'))",
    ),
    { deniedPrincipals: ['deleted:principal://goog/subject/bob@example.com?uid=12'] },
    { deniedPrincipals: ['principalSet://goog/cloudIdentityCustomerId/C01Abc35'] },
    {
      exceptionPrincipals: [
        'principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAgent',
      ],
    },
    { deniedPrincipals: ['principal://iam.googleapis.com/locations/global/workforcePools/p/subject/a'] },
    { deniedPermissions: ['iam.googleapis.com/workloadIdentityPoolProviders.*'] },
  ])('may say %j', (change) => {
    expect(problemsOf(change)).toEqual([]);
  });

  it.each<[Partial<DenyRule>, RegExp]>([
    [
      { deniedPrincipals: [] },
      /^INVALID_ARGUMENT policy\.rules\[0\]\.deny_rule\.denied_principals: at least one/,
    ],
    [{ deniedPermissions: [] }, /^INVALID_ARGUMENT .*denied_permissions: at least one/],
    [
      { deniedPrincipals: ['user:alice@example.com'] },
      /^INVALID_ARGUMENT .*"user:alice@example.com" is not a valid principal/,
    ],
    [{ exceptionPrincipals: [ALL] }, /^INVALID_ARGUMENT .*exception_principals: .* cannot be an exception/],
    [
      { deniedPermissions: ['run.services.create'] },
      /^INVALID_ARGUMENT .*"run.services.create" is not of the form/,
    ],
    [
      { deniedPermissions: ['iam.googleapis.com/denypolicies.update'] },
      /^INVALID_ARGUMENT .*"iam.googleapis.com\/denypolicies.update" is not supported in deny policies/,
    ],
    [
      { exceptionPermissions: ['run.googleapis.com/*.nothing'] },
      /exception_permissions: .* is not supported/,
    ],
    [{ description: 'x'.repeat(257) }, /description is too long: at most 256/],
  ])('may not say %j', (change, message) => {
    const [first = ''] = problemsOf(change);
    expect(first).toMatch(message);
  });

  it.each([
    ['', 'Parse expression'],
    ['true', 'found a constant'],
    ['resource.name == "x"', "found '=='"],
    ['request.time < timestamp("2030-01-01T00:00:00Z")', "found '<'"],
    ["resource.matchTag('123/env')", "found 'matchTag()'"],
    ["resource.matchTag('123/env', resource.name)", "found 'matchTag()'"],
    ["resource.hasTagKey('1/a') && resource.name", 'found an attribute'],
    ["api.getAttribute('mcp.googleapis.com/tool.isReadOnly', false) == false", "found '=='"],
    [new Array(14).fill("resource.hasTagKey('1/a')").join(' || '), '13 logical operators'],
  ])('has conditions on tags only: not %s', (expression, found) => {
    const [first = ''] = problemsOf(where(expression));
    expect(first).toMatch(/^INVALID_ARGUMENT policy\.rules\[0\]\.deny_rule\.denial_condition: /);
    expect(first).toContain(found);
  });

  it('has a name, annotations and rules of bounded length', () => {
    const problems = denyPolicyProblems({
      displayName: 'x'.repeat(64),
      annotations: { ['k'.repeat(64)]: 'v', key: 'v'.repeat(256) },
      rules: [],
    });
    expect(problems.map(({ message }) => message.replace(/[xkv]{20,}/, '…'))).toEqual([
      'policy.display_name is too long: at most 63 characters.',
      'The key "…" of policy.annotations is too long: at most 63 characters.',
      'policy.annotations["key"] is too long: at most 255 characters.',
      'policy.rules: a deny policy needs at least one rule.',
    ]);
  });

  it.each([
    ['abc', true],
    ['a.b-c1', true],
    ['a'.repeat(63), true],
    ['ab', false],
    ['a'.repeat(64), false],
    ['1ab', false],
    ['Abc', false],
    ['a_b', false],
  ])('may it have the id %s? %s', (id, may) => {
    expect(isDenyPolicyId(id)).toBe(may);
  });
});

it('a resource has at most 500 deny policies with 500 rules together', () => {
  const policies = (count: number, rules: number) =>
    Array.from({ length: count }, (_, n) => ({
      id: `policy-${n}`,
      rules: new Array<DenyRule>(rules).fill(rule),
    }));
  expect(denyLimitProblems(policies(500, 1))).toEqual([]);
  expect(denyLimitProblems(policies(2, 250))).toEqual([]);
  expect(denyLimitProblems(policies(501, 0))[0]?.message).toContain('at most 500 deny policies');
  expect(denyLimitProblems(policies(3, 167))[0]?.message).toContain(
    'at most 500 rules together; they would have 501',
  );
});
