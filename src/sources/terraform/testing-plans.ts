/** For tests: the plans beside this file, plans made of a few changes, and the estate that they are laid over. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceOf, type TestEstate } from '../../checkpoint/cases/estate.js';
import { type CheckReport, checkDeployOn, type Source } from '../../checkpoint/index.js';
import { deploysOf } from './deploys.js';
import { readTerraformPlan, type TerraformPlan } from './plan.js';
import { plannedSource } from './planned-source.js';

export const ALICE = 'user:alice@example.com';
export const TIME = new Date('2025-01-15T00:00:00Z');
export const REPOSITORY =
  '//artifactregistry.googleapis.com/projects/myproject-b/locations/asia-northeast1/repositories/myrepo';

/** Alice runs project A and reads the repository in B; A's service agent does not; C has no API enabled. */
export const ESTATE: TestEstate = {
  projects: {
    'myproject-a': {
      number: '111',
      apis: ['run.googleapis.com'],
      iam: { 'roles/run.admin': [ALICE], 'roles/iam.serviceAccountUser': ['user:bob@example.com'] },
      serviceAccounts: {
        '111-compute@developer.gserviceaccount.com': { 'roles/iam.serviceAccountUser': [ALICE] },
      },
    },
    'myproject-b': {
      number: '222',
      repositories: { 'asia-northeast1/myrepo': { 'roles/artifactregistry.reader': [ALICE] } },
    },
    'myproject-c': { number: '333' },
  },
};

/** @param directory where its configuration is; none when left out */
export function planNamed(name: string, directory?: string): TerraformPlan {
  const file = fileURLToPath(new URL(`plans/${name}.json`, import.meta.url));
  const configuration =
    directory === undefined ? null : fileURLToPath(new URL(`plans/${directory}`, import.meta.url));
  return readTerraformPlan(readFileSync(file), { file: `${name}.json`, directory: configuration });
}

export interface TestChange {
  readonly type: string;
  readonly name?: string;
  readonly actions?: readonly string[];
  readonly before?: object;
  readonly after?: object;
  readonly unknown?: object;
}

/** A plan of these changes, without a configuration. */
export function planOfChanges(changes: readonly TestChange[]): TerraformPlan {
  const resource_changes = changes.map(
    ({ type, name = 'x', actions = ['create'], before = null, after = null, unknown = {} }) => ({
      address: `${type}.${name}`,
      mode: 'managed',
      type,
      name,
      change: { actions, before, after, after_unknown: unknown },
    }),
  );
  const document = JSON.stringify({ format_version: '1.2', resource_changes });
  return readTerraformPlan(document, { file: 'plan.json', directory: null });
}

/** The estate as it will be after the plan. */
export function applied(plan: TerraformPlan, over: Partial<Source> = {}): Source {
  return plannedSource(sourceOf(ESTATE, over), plan, { as: ALICE });
}

/** The report on the plan's only deploy. */
export async function reportOn(plan: TerraformPlan, over: Partial<Source> = {}): Promise<CheckReport> {
  const [deploy] = deploysOf(plan, { as: ALICE });
  if (!deploy) throw new Error('the plan deploys nothing');
  return (await checkDeployOn(deploy.request, applied(plan, over), { time: TIME })).report;
}

/** Each requirement's verdict by its id. */
export async function verdictsOn(
  plan: TerraformPlan,
  over: Partial<Source> = {},
): Promise<Record<string, string>> {
  const { requirements } = await reportOn(plan, over);
  return Object.fromEntries(requirements.map(({ id, verdict }) => [id, verdict]));
}
