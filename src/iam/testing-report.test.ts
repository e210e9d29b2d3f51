import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { isGranted } from './decide.js';
import { question, worlds } from './testing-worlds.js';

it('prints what contradicts a property as the smallest estate that does', () => {
  // Not true: somebody is granted something.
  const nobodyIsGranted = fc.property(worlds, (world) => !isGranted(question(world)));
  const { counterexample } = fc.check(nobodyIsGranted, { seed: 1, numRuns: 1000 });
  const printed = fc.stringify(counterexample?.[0]);
  const { resources, question: asked, ...others } = parse(printed);
  expect(others).toEqual({});
  // One binding of one member on one resource; whatever else there was is gone.
  expect(Object.values(resources).filter((each) => JSON.stringify(each) !== '{}')).toEqual([
    { iam: [{ role: expect.stringMatching(/^roles\//), members: [expect.any(String)] }] },
  ]);
  expect(asked).toMatchObject({
    permission: expect.stringMatching(/^(run|resourcemanager)\./),
    on: expect.stringMatching(/^projects\/p/),
    hour: 0,
  });
});
