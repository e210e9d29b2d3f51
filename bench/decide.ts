/** Decisions per second in process, and whether they stay as fast when policies grow. */
import {
  type Binding,
  compilePolicy,
  decide,
  groupDirectory,
  isGranted,
  layeredCatalogue,
  type PolicyLevel,
  predefinedRoles,
  type Question,
} from '../src/iam/index.js';
import {
  type Addressed,
  folderName,
  memberOf,
  organizationName,
  projectName,
  type ResourceName,
  runResourceName,
} from '../src/names/index.js';
import type { BenchResult } from './result.js';

const PRINCIPALS = 1500;
const BAR = 2_000_000;
/** How much slower 10,000 bindings may be than 10: caches fill, but nothing is searched. */
const GROWTH_BAR = 2;
const ROLES = [
  'roles/run.developer',
  'roles/run.viewer',
  'roles/artifactregistry.reader',
  'roles/logging.viewer',
];
const PERMISSIONS = [
  'run.services.create',
  'run.services.get',
  'artifactregistry.repositories.downloadArtifacts',
];
const roles = layeredCatalogue(predefinedRoles);

const pick = <T>(items: readonly T[], n: number): T => items[n % items.length] as T;
const email = (n: number) => (n % 3 === 2 ? `robot-${n}@p.iam.gserviceaccount.com` : `user-${n}@example.com`);
const principal = (n: number): Addressed => ({
  kind: n % 3 === 2 ? 'serviceAccount' : 'user',
  email: email(n),
});
const member = (n: number) =>
  n % 10 === 9 ? `group:team-${n % 40}@example.com` : `${principal(n).kind}:${email(n)}`;

/** One member in each binding, of so many principals; every twentieth binding has a condition. */
function bindings(count: number, principals: number, seed: number): Binding[] {
  return Array.from({ length: count }, (_, i) => ({
    role: pick(ROLES, i + seed),
    members: [member((i * 7 + seed) % principals)],
    ...(i % 20 === 0 ? { condition: { title: 'hours', expression: condition(i) } } : {}),
  }));
}

function condition(n: number): string {
  return n % 40 === 0
    ? `request.time < timestamp("20${30 + (n % 7)}-01-01T00:00:00Z")`
    : 'resource.name.startsWith("projects/x") || request.time > timestamp("2026-01-01T00:00:00Z")';
}

const LEVELS: readonly ResourceName[] = [
  runResourceName('service', 'p', 'us-central1', 's'),
  projectName('p'),
  folderName('4711'),
  organizationName('1'),
];
const groups = groupDirectory(
  Object.fromEntries(
    Array.from({ length: 40 }, (_, g) => [
      `team-${g}@example.com`,
      Array.from({ length: 30 }, (_, i) => memberOf(principal((g * 31 + i * 17) % PRINCIPALS))),
    ]),
  ),
);

interface Size {
  readonly bindings: number;
  /** How many principals the bindings are spread over, and how many of them ask. */
  readonly principals: number;
  readonly asking: number;
}

/** Questions over four levels with this many bindings each, at ever new times. */
function questions({ bindings: count, principals, asking }: Size): Question[] {
  const levels: PolicyLevel[] = LEVELS.map((resource, i) => ({
    resource,
    policy: compilePolicy({ version: 3, etag: 'ACAB', bindings: bindings(count, principals, i * 13) }, roles),
  }));
  const askers = Array.from({ length: asking }, (_, i) => principal(i));
  return Array.from({ length: 3000 }, (_, i) => ({
    principal: pick(askers, i),
    permission: pick(PERMISSIONS, i),
    resource: LEVELS[0] as ResourceName,
    levels,
    groups,
    time: new Date(Date.UTC(2026, 5, 1) + i * 1009),
  }));
}

/** The best of some rounds, in calls a second: what the machine can do when nobody else takes its time. */
function rate(asked: readonly Question[], call: (question: Question) => unknown, rounds: number): number {
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
