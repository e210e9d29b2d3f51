import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from './expressions.js';
import { mapAssertion, type ProviderRules, providerRulesProblem } from './mapping.js';

const CLAIMS = {
  sub: 'repo:octo/app:ref:refs/heads/main',
  repository: 'octo/app',
  ref: 'refs/heads/main',
  aud: ['a', 'b'],
  run_attempt: 2,
  'https://example.com/teams': ['dev', 'ops'],
};

const rules = (more: Readonly<Record<string, string>> = {}, attributeCondition = ''): ProviderRules => ({
  attributeMapping: { 'google.subject': 'assertion.sub', ...more },
  attributeCondition,
});
const map = (given: ProviderRules, claims: Json = CLAIMS) => mapAssertion(given, claims);
const REJECTED = { ok: false, message: 'The given credential is rejected by the attribute condition.' };

describe('attribute mapping', () => {
  it('makes subject, groups and attributes of the claims', () => {
    const given = rules({
      'google.groups': "assertion['https://example.com/teams']",
      'attribute.repository': 'assertion.repository',
      'attribute.owner': "assertion.repository.split('/')[0]",
      'attribute.branch': "assertion.ref.extract('refs/heads/{branch}')",
      'attribute.has_environment': "has(assertion.environment) ? 'yes' : 'no'",
      'attribute.attempt': 'string(int(assertion.run_attempt))',
    });
    expect(providerRulesProblem(given, false)).toBeUndefined();
    expect(map(given)).toEqual({
      ok: true,
      identity: {
        subject: CLAIMS.sub,
        groups: ['dev', 'ops'],
        attributes: {
          repository: 'octo/app',
          owner: 'octo',
          branch: 'main',
          has_environment: 'no',
          attempt: '2',
        },
      },
    });
  });

  it.each([
    [{ 'google.subject': 'assertion.aud' }, "The mapped attribute 'google.subject' must be of type STRING."],
    [{ 'attribute.x': 'assertion.missing' }, "The mapped attribute 'attribute.x' must be of type STRING."],
    [
      { 'attribute.x': 'assertion.run_attempt' },
      "The mapped attribute 'attribute.x' must be of type STRING.",
    ],
    [
      { 'google.groups': 'assertion.sub' },
      "The mapped attribute 'google.groups' must be of type LIST of STRING.",
    ],
  ])('refuses what is of another type: %j', (more, message) => {
    expect(map(rules(more))).toEqual({ ok: false, message });
  });

  it('takes subjects of 127 bytes and no longer ones', () => {
    expect(map(rules(), { sub: 'é'.repeat(63) })).toMatchObject({ ok: true });
    expect(map(rules(), { sub: 'é'.repeat(64) })).toMatchObject({
      ok: false,
      message: expect.stringContaining('google.subject exceeds the 127 bytes limit'),
    });
    expect(
      map(rules({ 'attribute.x': 'assertion.long' }), { sub: 's', long: 'x'.repeat(8192) }),
    ).toMatchObject({
      ok: false,
      message: expect.stringContaining('8192 bytes'),
    });
  });

  it('gives any claim back as it is, whatever its name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (name, value) => {
        const given = rules({ 'attribute.x': `assertion[${JSON.stringify(name)}]` });
        fc.pre(providerRulesProblem(given, false) === undefined && name !== 'sub');
        expect(map(given, { sub: 's', [name]: value })).toMatchObject({
          ok: true,
          identity: { subject: 's', attributes: { x: value } },
        });
      }),
    );
  });

  it('never throws, whatever the claims are', () => {
    const given = rules({ 'attribute.x': 'string(assertion.x)' }, "attribute.x.startsWith('a')");
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('sub', 'x', 'y'), fc.jsonValue()), (claims) => {
        const mapped = map(given, claims as Json);
        if (mapped.ok) expect(mapped.identity.subject).toBe(claims.sub);
      }),
    );
  });
});

describe('an attribute condition', () => {
  it('looks at claims and at what they were mapped to', () => {
    const more = { 'attribute.repository': 'assertion.repository', 'google.groups': "['dev']" };
    for (const condition of [
      "assertion.repository == 'octo/app'",
      "attribute.repository.startsWith('octo/') && 'dev' in google.groups",
      "google.subject.startsWith('repo:octo/') && assertion.aud.exists(a, a == 'b')",
      "assertion.ref.matches('^refs/heads/')",
    ]) {
      expect(providerRulesProblem(rules(more, condition), true)).toBeUndefined();
      expect(map(rules(more, condition))).toMatchObject({ ok: true });
      expect(map(rules(more, `!(${condition})`))).toEqual(REJECTED);
    }
  });

  it.each(['assertion.missing == 1', 'attribute.unmapped == "x"', '"not a boolean"'])(
    'lets nobody in when it comes to nothing: %s',
    (condition) => expect(map(rules({}, condition))).toEqual(REJECTED),
  );
});

describe('rules of a provider', () => {
  it.each([
    [{ attributeMapping: {} }, 'must include a mapping to the google.subject'],
    [rules({ 'assertion.aud': 'assertion.aud' }), 'Invalid mapped attribute key: assertion.aud.'],
    [rules({ 'attribute.Upper': 'assertion.aud' }), 'Invalid mapped attribute key'],
    [rules({ [`attribute.${'x'.repeat(91)}`]: 'assertion.aud' }), 'Invalid mapped attribute key'],
    [rules({ 'attribute.x': 'assertion.' }), 'Invalid attribute mapping of attribute.x: Parse expression'],
    [rules({ 'attribute.x': 'claims.sub' }), "undeclared reference to 'claims'"],
    [rules({ 'attribute.x': 'google.subject' }), "undeclared reference to 'google'"],
    [rules({ 'attribute.x': `'${'x'.repeat(2048)}'` }), 'longer than 2048'],
    [rules({}, 'assertion.sub =='), 'Invalid attribute condition: Parse expression'],
    [rules({}, 'request.time == 1'), "undeclared reference to 'request'"],
    [
      rules(Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`attribute.a${n}`, 'assertion.sub']))),
      'At most 50 custom attributes',
    ],
  ])('that cannot be kept say why: %j', (given, problem) => {
    expect(providerRulesProblem({ attributeCondition: '', ...given }, false)).toContain(problem);
  });

  it('must look at the claims where an issuer serves everybody', () => {
    for (const condition of ['', 'true', "'a' == 'a'"]) {
      expect(providerRulesProblem(rules({}, condition), true)).toContain(
        "must reference one of the provider's claims",
      );
    }
  });
});
