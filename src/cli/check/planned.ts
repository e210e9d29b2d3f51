/** `--plan`: a Terraform plan, laid over the source. */
import { readFile } from 'node:fs/promises';
import type { Fault, Source, WrittenDeploy } from '../../checkpoint/index.js';
import type { TerraformPlan } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { checkMessages } from './messages.js';

/** @throws UsageError for a file that cannot be opened; TerraformPlanError for one that is no plan */
export async function readPlan(
  { plan: file, terraformDir }: { readonly plan: string; readonly terraformDir?: string },
  { language }: CliContext,
): Promise<TerraformPlan> {
  const { readTerraformPlan } = await import('../../sources/index.js');
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(checkMessages[language].cannotRead(file, error.code ?? error.message));
  });
  return readTerraformPlan(content, {
    file,
    ...(terraformDir === undefined ? {} : { directory: terraformDir }),
  });
}

/** What is there before the plan and what will be there after it, each of which is read once for the whole run. */
export interface BeforeAndAfter {
  readonly before: Source;
  readonly after: Source;
}

/** @param as who applies the plan, as a member */
export async function laidOver(base: Source, plan: TerraformPlan, as: string): Promise<BeforeAndAfter> {
  const { plannedSource, remembering } = await import('../../sources/index.js');
  const before = remembering(base);
  return { before, after: remembering(plannedSource(before, plan, { as })) };
}

/**
 * Everything of Cloud Run's that the plan creates or changes, and what goes wrong with it whatever is granted.
 * @param before what is there before the plan is applied
 * @throws UsageError where that is nothing
 */
export async function deploysOfPlan(
  plan: TerraformPlan,
  before: Source,
  { as, file, time }: { readonly as: string; readonly file: string; readonly time: Date },
  { language }: CliContext,
): Promise<{ readonly deploys: readonly WrittenDeploy[]; readonly faults: readonly Fault[] }> {
  const { deploysOf, faultsOf } = await import('../../sources/index.js');
  const deploys = deploysOf(plan, { as });
  if (deploys.length === 0) throw new UsageError(checkMessages[language].noResourceInPlan(file));
  return { deploys, faults: await faultsOf(plan, before, { as, time }) };
}
