/** `check --plan` of many services: from the file to verdicts and faults, over an estate that is there already. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkPlan } from '../src/library/index.js';
import { estateSource } from '../src/plane/index.js';
import { APPLIED_BY, estateOf, planOf } from './plan-file.js';
import type { BenchResult } from './result.js';

const SERVICES = 200;
const MANY = 1000;
const HALF = MANY / 2;
const SECONDS_BAR = 3;
const MANY_BAR = 15;
/** Twice the services may take so many times as long. */
const GROWTH_BAR = 2.4;

interface Run {
  readonly seconds: number;
  /** What reading the file and JSON.parse alone take. */
  readonly parsing: number;
  readonly megabytes: number;
}

/** One run of one size; the base is opened before the clock starts. */
async function check(services: number, folder: string): Promise<Run> {
  const file = path.join(folder, `${services}.json`);
  writeFileSync(file, planOf(services));
  const parseStarted = performance.now();
  JSON.parse(readFileSync(file, 'utf8'));
  const parsing = (performance.now() - parseStarted) / 1000;
  const estate = { name: 'estate.json', text: estateOf(services) };
  const { source, close } = await estateSource([estate], { owner: 'user:owner@example.com' });
  try {
    const started = performance.now();
    const plan = readFileSync(file, 'utf8');
    const { checks, faults } = await checkPlan({ plan, as: APPLIED_BY }, { source, time: new Date(0) });
    const seconds = (performance.now() - started) / 1000;
    if (checks.length !== services || faults.length !== services / 2) {
      throw new Error(`${checks.length} checks and ${faults.length} faults of ${services} services`);
    }
    return { seconds, parsing, megabytes: plan.length / 1e6 };
  } finally {
    await close();
  }
}

/** Runs the benchmark; the plans go to a directory that is removed. */
export async function run(): Promise<BenchResult[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sekisho-bench-'));
  try {
    // What is loaded and compiled when it is first needed is no part of the growth.
    await check(20, folder);
    const once = await check(SERVICES, folder);
    const half = await check(HALF, folder);
    const many = await check(MANY, folder);
    return results(once, half, many);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function results(once: Run, half: Run, many: Run): BenchResult[] {
  const round = (value: number) => Number(value.toFixed(2));
  const growth = many.seconds / half.seconds;
  const within = (services: number, { seconds }: Run, bar: number): BenchResult => ({
    name: `check --plan, ${services} services and ${services * 8} changes`,
    value: round(seconds),
    unit: 's',
    bar: `< ${bar}`,
    ok: seconds < bar,
  });
  return [
    { name: `plan of ${SERVICES} services`, value: round(once.megabytes), unit: 'MB' },
    within(SERVICES, once, SECONDS_BAR),
    within(MANY, many, MANY_BAR),
    {
      name: `time, ${MANY} services over ${HALF}`,
      value: round(growth),
      unit: '×',
      bar: `≤ ${GROWTH_BAR}`,
      ok: growth <= GROWTH_BAR,
    },
    {
      name: `time, over reading and JSON.parse of the same file (${MANY} services)`,
      value: Math.round(many.seconds / many.parsing),
      unit: '×',
    },
  ];
}
