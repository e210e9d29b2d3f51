/** Runs the benchmarks and prints their figures; ends with 1 when a figure misses its bar. */
import * as audit from './audit.js';
import * as decide from './decide.js';
import * as engines from './engines.js';
import * as ingress from './ingress.js';
import * as permissions from './permissions.js';
import * as plan from './plan.js';
import * as plane from './plane.js';
import type { BenchResult } from './result.js';
import * as scan from './scan.js';

const benches: Readonly<Record<string, () => Promise<BenchResult[]>>> = {
  decide: decide.run,
  engines: engines.run,
  permissions: permissions.run,
  plan: plan.run,
  plane: plane.run,
  ingress: ingress.run,
  audit: audit.run,
  scan: scan.run,
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark '${unknown}'. There are: ${Object.keys(benches).join(', ')}\n`);
  process.exit(64);
}
let missed = 0;
for (const [name, run] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`${name}\n`);
  for (const result of await run()) {
    const bar = result.bar === undefined ? '' : `  bar ${result.bar}${result.ok === false ? '  MISSED' : ''}`;
    process.stdout.write(`  ${result.name}: ${result.value.toLocaleString('en-US')} ${result.unit}${bar}\n`);
    if (result.ok === false) missed += 1;
  }
}
process.exit(missed > 0 ? 1 : 0);
