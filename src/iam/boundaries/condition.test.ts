import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../names/index.js';
import { checkPrincipalCondition, compilePrincipalCondition } from './condition.js';

const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const RUNTIME: Principal = { kind: 'serviceAccount', email: 'runtime@p.iam.gserviceaccount.com' };
const identity = (pool: string): Principal => ({
  kind: 'federated',
  pool: `//iam.googleapis.com/${pool}`,
  subject: 'repo:o/r',
  groups: [],
  attributes: {},
});
const WORKLOAD = identity('projects/1/locations/global/workloadIdentityPools/github');
const WORKFORCE = identity('locations/global/workforcePools/staff');

const value = (expression: string, principal: Principal) =>
  compilePrincipalCondition(expression).evaluate({ principal }).value;

describe('a condition of a policy binding', () => {
  it.each([
    ["principal.type == 'iam.googleapis.com/WorkspaceIdentity'", [true, false, false, false]],
    ["principal.type == 'iam.googleapis.com/ServiceAccount'", [false, true, false, false]],
    ["principal.type == 'iam.googleapis.com/WorkloadPoolIdentity'", [false, false, true, false]],
    ["principal.type != 'iam.googleapis.com/WorkforcePoolIdentity'", [true, true, true, false]],
    [
      "principal.type in ['iam.googleapis.com/ServiceAccount', 'iam.googleapis.com/WorkforcePoolIdentity']",
      [false, true, false, true],
    ],
    ["principal.subject == 'alice@example.com'", [true, false, false, false]],
    ["principal.subject != 'repo:o/r'", [true, true, false, false]],
    ["principal.subject in ['alice@example.com', 'repo:o/r']", [true, false, true, true]],
    ["principal.subject.startsWith('a')", [true, false, false, false]],
    ["principal.subject.endsWith('.com')", [true, true, false, false]],
    ["!(principal.subject.endsWith('.com'))", [false, false, true, true]],
    [
      "principal.type == 'iam.googleapis.com/ServiceAccount' && principal.subject.startsWith('run') || principal.subject == 'alice@example.com'",
      [true, true, false, false],
    ],
  ])('%s', (expression, holds) => {
    expect(checkPrincipalCondition(expression)).toEqual({ ok: true });
    expect([ALICE, RUNTIME, WORKLOAD, WORKFORCE].map((who) => value(expression, who))).toEqual(
      holds.map(String),
    );
  });

  it.each([
    ['', /ConditionCompileCheck/],
    ['true', /found something that is no comparison/],
    ['request.time < timestamp("2030-01-01T00:00:00Z")', /'<' on something else/],
    ["principal.name == 'x'", /'==' on something else/],
    ["'alice@example.com' == principal.subject", /'==' on something else/],
    ['principal.subject == principal.type', /'==' with something that is not written out/],
    ["principal.subject < 'b'", /'<' on principal.subject/],
    ["principal.subject.contains('b')", /'contains' on principal.subject/],
    ["principal.type.startsWith('iam')", /'startsWith' on principal.type/],
    ["principal.type == 'serviceAccount'", /'serviceAccount' is no type of principals/],
    ['principal.subject in principal.type', /not written out/],
    [`principal.subject == '${'x'.repeat(250)}'`, /has 273 characters; at most 250/],
    [Array(7).fill("!(principal.subject!='')").join('||'), /has 13 logical operators; at most 10/],
  ])('refuses %s', (expression, message) => {
    expect(checkPrincipalCondition(expression)).toMatchObject({
      ok: false,
      status: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });

  it('is an error, not false, where it cannot be read, so that the policy is enforced', () => {
    expect(value('principal.subject ==', ALICE)).toBe('error');
  });

  it('is what its parts are, joined', () => {
    const atoms = fc.constantFrom('alice', 'runtime', 'repo').map((text) => ({
      text: `principal.subject.startsWith('${text}')`,
      test: (subject: string) => subject.startsWith(text),
    }));
    const { tree } = fc.letrec<{ tree: { text: string; test: (subject: string) => boolean } }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        atoms,
        tie('tree').map(({ text, test }) => ({
          text: `!(${text})`,
          test: (subject: string) => !test(subject),
        })),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({
          text: `(${a.text}) && (${b.text})`,
          test: (subject: string) => a.test(subject) && b.test(subject),
        })),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({
          text: `(${a.text}) || (${b.text})`,
          test: (subject: string) => a.test(subject) || b.test(subject),
        })),
      ),
    }));
    fc.assert(
      fc.property(tree, ({ text, test }) => {
        expect(value(text, ALICE)).toBe(String(test('alice@example.com')));
        expect(value(text, WORKLOAD)).toBe(String(test('repo:o/r')));
      }),
    );
  });

  it('never throws, whatever is written', () => {
    fc.assert(fc.property(fc.string(), (text) => checkPrincipalCondition(text) !== undefined));
  });
});
