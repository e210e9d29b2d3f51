/** The estate of the benchmarks: so many principals, a hierarchy of four levels, and groups. */
import {
  type Binding,
  compilePolicy,
  groupDirectory,
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

export const PRINCIPALS = 1500;
const ROLES = [
  'roles/run.developer',
  'roles/run.viewer',
  'roles/artifactregistry.reader',
  'roles/logging.viewer',
];
export const PERMISSIONS = [
  'run.services.create',
  'run.services.get',
  'artifactregistry.repositories.downloadArtifacts',
];
export const roles = layeredCatalogue(predefinedRoles);

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
export function questions({ bindings: count, principals, asking }: Size): Question[] {
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
