/** Explanations against the decisions that they explain. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileCondition } from '../conditions/condition.js';
import { decide, isGranted } from '../decide.js';
import { ROLES } from '../testing-world.js';
import { question, worlds } from '../testing-worlds.js';
import type { ConditionResult, Verdict } from '../types.js';
import { type GivenContext, inContext } from './context.js';
import { explain } from './explain.js';
import { withHidden } from './hidden.js';
import { leavesOf, statementsOf, statementValue } from './statements.js';
import type { OverallState } from './types.js';

const VERDICTS: Readonly<Record<OverallState, Verdict>> = {
  'can-access': 'granted',
  'cannot-access': 'denied',
  'unknown-info': 'unknown',
  'unknown-conditional': 'unknown',
};

const evaluate = (expression: string): ConditionResult['value'] =>
  compileCondition(expression).evaluate({
    time: new Date(0),
    resource: '//run.googleapis.com/x',
    permission: 'run.services.get',
  }).value;

const contexts: fc.Arbitrary<GivenContext> = fc.record(
  {
    time: fc.integer({ min: 0, max: 6 }).map((hour) => new Date(Date.UTC(2026, 5, 1, hour))),
    attributes: fc.record({
      'resource.service': fc.constantFrom('', 'cloudresourcemanager.googleapis.com'),
      'resource.type': fc.constantFrom('', 'cloudresourcemanager.googleapis.com/Project'),
      'resource.name': fc.constantFrom('', 'x', 'xyz'),
    }),
  },
  { requiredKeys: [] },
);

it('comes to what is decided', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const asked = question(world);
      expect(VERDICTS[explain(asked).state]).toBe(decide(asked).verdict);
    }),
    { numRuns: 1000 },
  );
});

it('comes to what is decided in a context too', () => {
  fc.assert(
    fc.property(worlds, contexts, (world, context) => {
      const asked = inContext(question(world), context);
      const { state } = explain(asked);
      expect(VERDICTS[state]).toBe(decide(asked).verdict);
      expect(state === 'can-access').toBe(isGranted(asked));
    }),
    { numRuns: 400 },
  );
});

it('comes to the same, or to nothing certain, for who may not see everything', () => {
  const some = <T>(values: readonly T[]) => fc.subarray([...values]).map((found) => new Set(found));
  const scenes = worlds.chain((world) => {
    const levels = world.levels.map(({ resource }) => resource);
    const hidden = fc.record({
      policies: some(levels),
      denyPolicies: some(levels),
      roles: some(Object.keys(ROLES)),
      boundaries: fc.boolean(),
    });
    return fc.tuple(fc.constant(world), hidden);
  });
  fc.assert(
    fc.property(scenes, ([world, hidden]) => {
      const asked = question(world);
      const seen = withHidden(asked, hidden);
      const { state } = explain(seen);
      expect(VERDICTS[state]).toBe(decide(seen).verdict);
      if (VERDICTS[state] !== 'unknown') expect(VERDICTS[state]).toBe(decide(asked).verdict);
    }),
    { numRuns: 500 },
  );
});

it('marks something as what brought the answer about', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { state, allow, deny, boundary } = explain(question(world));
      const high = [allow, deny, boundary].filter(({ relevance }) => relevance === 'high');
      expect(high.length).toBeGreaterThan(0);
      if (state !== 'can-access' || allow.state !== 'granted') return;
      const granting = allow.policies
        .flatMap((policy) => (policy.kind === 'readable' ? policy.bindings : []))
        .filter(({ relevance }) => relevance === 'high');
      expect(granting.length).toBeGreaterThan(0);
      expect(granting.every((binding) => binding.state === 'granted')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('takes every condition apart without changing what it comes to', () => {
  const truth = fc.constantFrom(
    'true',
    'false',
    '"a" == "&&"',
    '\'||)\' != "("',
    'size(["x"]) == 1',
    'r"\\" == ""',
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      truth,
      fc
        .tuple(tie('expression'), fc.constantFrom(' && ', ' || ', '&&', '||'), tie('expression'))
        .map((parts) => parts.join('')),
      tie('expression').map((inner) => `(${inner})`),
      tie('expression').map((inner) => `!(${inner})`),
      fc.tuple(truth, tie('expression')).map(([test, inner]) => `(${test} ? ${inner} : false)`),
    ),
  }));
  fc.assert(
    fc.property(expression, (text) => {
      const statement = statementsOf(text);
      for (const { start, end } of leavesOf(statement))
        expect(text.slice(start, end).trim()).toBe(text.slice(start, end));
      const value = statementValue(statement, (start, end) => ({ value: evaluate(text.slice(start, end)) }));
      expect(value.value).toBe(evaluate(text));
    }),
    { numRuns: 500 },
  );
});
