/**
 * Whatever changes, in whatever order, decisions are those that a plain model comes to from scratch: what is kept in
 * memory for speed is forgotten in time.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runResourceName } from '../names/index.js';
import { openPropagation } from './propagation.js';
import { type Change, changes, type Plane } from './testing-changes.js';
import {
  BEGINNING,
  type Model,
  modelGrants,
  PERMISSIONS,
  type Policies,
  PRINCIPALS,
  ROBOT,
  SERVICE,
} from './testing-model.js';
import { openOver, seeded } from './testing-service.js';
import type { AccessControl } from './types.js';

const NOW = new Date('2026-06-01T00:00:00Z');
/** The service by its project's number. */
const BY_NUMBER = runResourceName('service', '4711', 'us-central1', 's');

async function begin(): Promise<Plane> {
  const store = await seeded();
  const accounts = { robot: 1, last: 1 };
  return { store, accounts, access: openOver(store, accounts) };
}

async function expectTheSame(access: AccessControl, model: Model): Promise<void> {
  for (const principal of PRINCIPALS) {
    for (const permission of PERMISSIONS) {
      const expected = modelGrants(model, principal, permission);
      expect(await access.isGranted(principal, permission, SERVICE, NOW)).toBe(expected);
      const { verdict } = await access.decide(principal, permission, BY_NUMBER, NOW);
      // Where an account belongs that is not there, nobody knows.
      if (principal === ROBOT && model.estate.robot === undefined) expect(verdict).not.toBe('granted');
      else expect(verdict).toBe(expected ? 'granted' : 'denied');
    }
  }
}

it('decides by what holds now, after any changes in any order', async () => {
  await fc.assert(
    fc.asyncProperty(changes, async (these) => {
      const plane = await begin();
      try {
        let model = BEGINNING;
        await expectTheSame(plane.access, model);
        for (const { make } of these) {
          model = await make(plane, model);
          await expectTheSame(plane.access, model);
        }
        // What another process, or this one after a restart, reads from the same store.
        await expectTheSame(openOver(plane.store, plane.accounts), model);
      } finally {
        await plane.store.close();
      }
    }),
    { numRuns: 400 },
  );
});

it('meets grants, and grants that are taken away again, often enough for the comparison to mean something', async () => {
  let turns = 0;
  for (const these of fc.sample(changes, { numRuns: 60, seed: 1 })) {
    const plane = await begin();
    let model = BEGINNING;
    const answers: boolean[] = [];
    for (const { make } of these) {
      model = await make(plane, model);
      answers.push(PRINCIPALS.some((principal) => modelGrants(model, principal, 'run.services.get')));
    }
    turns += answers.filter((answer, i) => i > 0 && answer !== answers[i - 1]).length;
    await plane.store.close();
  }
  expect(turns).toBeGreaterThan(20);
});

const DELAY = 60_000;

/** The policies with the times at which they became what they are, the latest last. */
type History = readonly { readonly at: number; readonly policies: Policies }[];

/** What decisions go by at a time: what the policies were so long ago, in the estate as it is. */
function inEffect(history: History, { estate }: Model, time: number): Model {
  const { policies } = history.findLast(({ at }) => at <= time - DELAY) ?? BEGINNING;
  return { policies, estate };
}

/** The decisions, and what they tell of what is on its way. */
async function expectDelayed(
  access: AccessControl,
  history: History,
  model: Model,
  now: number,
): Promise<void> {
  const current = inEffect(history, model, now);
  await expectTheSame(access, current);
  const times = history.map(({ at }) => at + DELAY).filter((time) => time > now);
  for (const principal of PRINCIPALS) {
    if (principal === ROBOT && model.estate.robot === undefined) continue;
    const grants = (state: Model) => modelGrants(state, principal, 'run.services.get');
    const turn = times.find((time) => grants(inEffect(history, model, time)) !== grants(current));
    const { reasons } = await access.decide(principal, 'run.services.get', SERVICE, NOW);
    expect(reasons.filter(({ kind }) => kind === 'propagating')).toEqual(
      turn === undefined
        ? []
        : [
            {
              kind: 'propagating',
              level: SERVICE,
              becomes: grants(current) ? 'denied' : 'granted',
              at: new Date(turn).toISOString(),
            },
          ],
    );
  }
}

/** How long it is until the next change. */
const waits = fc.infiniteStream(fc.constantFrom(0, 20_000, DELAY - 1, DELAY, 2 * DELAY));

async function runDelayed(these: readonly Change[], waits: Iterator<number>): Promise<void> {
  const database = await seeded();
  try {
    const accounts = { robot: 1, last: 1 };
    let now = NOW.getTime();
    const propagation = await openPropagation({
      store: database,
      clock: () => new Date(now),
      delay: { minMs: DELAY, maxMs: DELAY, seed: 1 },
      onError: (error) => {
        throw error;
      },
    });
    const { store } = propagation;
    const access = openOver(store, accounts, propagation);
    let model = BEGINNING;
    let history: History = [{ at: Number.NEGATIVE_INFINITY, policies: model.policies }];
    for (const { make } of these) {
      model = await make({ store, accounts, access }, model);
      history = [...history, { at: now, policies: model.policies }];
      await expectDelayed(access, history, model, now);
      now += waits.next().value ?? 0;
      await expectDelayed(access, history, model, now);
    }
    await expectDelayed(openOver(store, accounts, propagation), history, model, now);
  } finally {
    await database.close();
  }
}

it('decides by what held a delay ago where changes take their time, and says when that changes', async () => {
  await fc.assert(fc.asyncProperty(changes, waits, runDelayed), { numRuns: 80 });
});
