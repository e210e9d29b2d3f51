/** Decisions per second in process, and whether they stay as fast when policies grow. */
import { decide, isGranted, type Question } from '../src/iam/index.js';
import { PRINCIPALS, questions } from './estate.js';
import type { BenchResult } from './result.js';

const BAR = 2_000_000;
/** How much slower 10,000 bindings may be than 10: caches fill, but nothing is searched. */
const GROWTH_BAR = 2;

/** The best of some rounds, in calls a second: what the machine can do when nobody else takes its time. */
export function rate(
  asked: readonly Question[],
  call: (question: Question) => unknown,
  rounds: number,
): number {
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (const question of asked) call(question);
    best = Math.max(best, asked.length / (Number(process.hrtime.bigint() - start) / 1e9));
  }
  return best;
}

/** Runs the benchmark; about two seconds. */
export async function run(): Promise<BenchResult[]> {
  const asked = questions({ bindings: PRINCIPALS, principals: PRINCIPALS, asking: PRINCIPALS });
  const granted = asked.filter(isGranted).length / asked.length;
  const decisions = rate(asked, isGranted, 200);
  const reasons = rate(asked, decide, 20);
  const small = rate(questions({ bindings: 10, principals: 10, asking: 10 }), isGranted, 200);
  const large = rate(questions({ bindings: 10_000, principals: 10_000, asking: 10 }), isGranted, 200);
  const growth = small / large;
  return [
    {
      name: 'decisions, 1,500 principals, 4 levels, conditions on 5 % of the bindings',
      value: Math.round(decisions),
      unit: 'per second',
      bar: `≥ ${BAR.toLocaleString('en-US')}`,
      ok: decisions >= BAR,
    },
    { name: 'of which granted', value: Math.round(granted * 100), unit: '%' },
    { name: 'decisions with reasons', value: Math.round(reasons), unit: 'per second' },
    { name: 'decisions, 10 bindings a level', value: Math.round(small), unit: 'per second' },
    { name: 'decisions, 10,000 bindings a level', value: Math.round(large), unit: 'per second' },
    {
      name: 'time of a decision, 10,000 bindings over 10',
      value: Number(growth.toFixed(2)),
      unit: '×',
      bar: `≤ ${GROWTH_BAR}`,
      ok: growth <= GROWTH_BAR,
    },
  ];
}
