/** The engine against the second implementation of testing-naive.ts. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { organizationName, projectName } from '../names/index.js';
import { mergeBindings } from './bindings.js';
import { decide, isDenial, isGranted } from './decide.js';
import { naive, naiveAllow } from './testing-naive.js';
import { boundary, denyRule, policy, question, worlds } from './testing-worlds.js';
import type { Decision, Reason } from './types.js';

it('decides as the plain implementation does, with and without reasons', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const expected = naive(world);
      expect(decide(question(world)).verdict).toBe(expected);
      expect(isGranted(question(world))).toBe(expected === 'granted');
    }),
    { numRuns: 2000 },
  );
});

/** Reasons why what is granted does not count. */
const AGAINST: ReadonlySet<string> = new Set([
  'deny-rule',
  'unreadable-deny-policies',
  'boundary',
  'unreadable-boundaries',
]);

it('gives a reason for every level, and the reasons bear the verdict out', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { verdict, reasons } = decide(question(world));
      const levels = new Set(
        reasons.flatMap((reason) =>
          reason.kind === 'anonymous' || AGAINST.has(reason.kind) ? [] : [reason.level],
        ),
      );
      expect(levels).toEqual(new Set(world.levels.map(({ resource }) => resource)));
      const grants = reasons.some((reason) => reason.kind === 'binding' && reason.grants);
      const against = reasons.filter(({ kind }) => AGAINST.has(kind));
      expect(grants && against.length === 0).toBe(verdict === 'granted');
      if (against.some(isDenial)) expect(verdict).toBe('denied');
    }),
    { numRuns: 500 },
  );
});

/** What can stand at a level, or before all of them, when access is denied. */
const CAUSES = ['no-binding', 'roles-lack-permission', 'condition', 'deny', 'boundary'] as const;

/** Why a reason keeps somebody from access; undefined where it does not. */
function causeOf(reason: Reason): (typeof CAUSES)[number] | undefined {
  switch (reason.kind) {
    case 'no-binding':
    case 'roles-lack-permission':
      return reason.kind;
    case 'binding':
      return reason.grants ? undefined : 'condition';
    case 'deny-rule':
      return reason.denies ? 'deny' : undefined;
    case 'boundary':
      return reason.blocks ? 'boundary' : undefined;
    default:
      return undefined;
  }
}

/** The causes of a denial: what denies whatever is granted, or else what each level lacks. */
function causes({ reasons }: Decision): readonly string[] {
  const found = reasons.map(causeOf);
  const denials = found.filter((cause) => cause === 'deny' || cause === 'boundary');
  return [...new Set((denials.length > 0 ? denials : found).flatMap((cause) => cause ?? []))];
}

it('names a cause for every denial: at each level, unless something denies whatever is granted', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const decision = decide(question(world));
      if (decision.verdict !== 'denied') return;
      expect(causes(decision)).not.toEqual([]);
      if (decision.reasons.some(isDenial)) return;
      const against = decision.reasons.filter((reason) => !AGAINST.has(reason.kind));
      for (const { resource } of world.levels) {
        const here = against.filter((reason) => reason.kind !== 'anonymous' && reason.level === resource);
        expect(here.map(causeOf)).not.toContain(undefined);
        expect(here).not.toEqual([]);
      }
    }),
    { numRuns: 800 },
  );
});

it('meets every cause of a denial as the only one', () => {
  const alone = fc
    .sample(worlds, { numRuns: 1500, seed: 1 })
    .map((world) => decide(question(world)))
    .flatMap((decision) => {
      const [only, ...others] = decision.verdict === 'denied' ? causes(decision) : [];
      return only === undefined || others.length > 0 ? [] : [only];
    });
  for (const cause of CAUSES) expect(alone.filter((each) => each === cause).length).toBeGreaterThan(5);
});

it('decides the same over policies in the form in which IAM keeps them', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const levels = world.levels.map(({ resource, policy }) => ({
        resource,
        policy: policy === 'unreadable' ? policy : { ...policy, bindings: mergeBindings(policy.bindings) },
      }));
      expect(decide(question({ ...world, levels })).verdict).toBe(decide(question(world)).verdict);
    }),
    { numRuns: 500 },
  );
});

it('never loses a grant when a level or a binding is added', () => {
  fc.assert(
    fc.property(worlds, policy, (world, extra) => {
      const more = {
        ...world,
        levels: [...world.levels, { resource: organizationName('2'), policy: extra }],
        deny: world.deny.slice(0, world.levels.length),
      };
      if (isGranted(question(world))) expect(isGranted(question(more))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('never grants more when a deny rule is added', () => {
  fc.assert(
    fc.property(worlds, denyRule, (world, rule) => {
      const [nearest = [], ...others] = world.deny;
      const deny = [nearest === 'unreadable' ? nearest : [...nearest, rule], ...others];
      if (isGranted(question({ ...world, deny }))) expect(isGranted(question(world))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('never grants more when a boundary is added that does not make the resource eligible', () => {
  fc.assert(
    fc.property(worlds, boundary, (world, added) => {
      const resources = [projectName('elsewhere')];
      const boundaries =
        world.boundaries === 'unreadable' ? world.boundaries : [...world.boundaries, { ...added, resources }];
      if (isGranted(question({ ...world, boundaries }))) expect(isGranted(question(world))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('meets every verdict often enough for the comparison to mean something', () => {
  const verdicts = fc.sample(worlds, { numRuns: 1000, seed: 1 }).map(naive);
  for (const verdict of ['granted', 'denied', 'unknown'])
    expect(verdicts.filter((each) => each === verdict).length).toBeGreaterThan(50);
});

it('meets grants that a boundary takes away, and grants that one leaves alone', () => {
  const bounded = fc
    .sample(worlds, { numRuns: 5000, seed: 1 })
    .filter((world) => naiveAllow(world) === 'granted' && world.boundaries.length > 0)
    .map((world) => naive({ ...world, deny: [] }));
  for (const verdict of ['granted', 'denied', 'unknown'])
    expect(bounded.filter((each) => each === verdict).length).toBeGreaterThan(10);
});

it('meets grants that a deny rule takes away, and grants that one leaves alone, often enough too', () => {
  const granted = fc
    .sample(worlds, { numRuns: 5000, seed: 1 })
    .map((world) => ({ ...world, boundaries: [] }))
    .filter((world) => naiveAllow(world) === 'granted');
  const withRules = granted.filter(({ deny }) => deny.some((rules) => rules.length > 0));
  for (const verdict of ['granted', 'denied', 'unknown'])
    expect(withRules.filter((world) => naive(world) === verdict).length).toBeGreaterThan(10);
});
